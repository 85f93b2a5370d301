"""Some faults of each kind are survived, in the short version of `make chaos`; what it counts and writes is right.

Not here: all of them (`make chaos`, docs/reliability.md).
"""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from pipelines.common.settings import PROJECT_DIR
from tests.chaos import results
from tests.chaos.attempts import attempt, begin
from tests.chaos.ground import Ground
from tests.chaos.kills import WHOLE
from tests.chaos.plan import all_trials, how_many
from tests.chaos.results import Results, Tried
from tests.chaos.short import CHOSEN
from tests.chaos.trial import Trial


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tried]:
    """{trial: how it went}. In a process of its own: it forks, which one with threads of many tests had better not."""
    folder = tmp_path_factory.mktemp("chaos")
    subprocess.run([sys.executable, "-m", "tests.chaos.short", str(folder)], cwd=PROJECT_DIR, check=True)
    found = Results.read(folder / "results.json")
    assert found is not None
    assert found.tried[0].lost == []
    return {f"{one.kind}: {one.name}": one for one in found.tried}


@pytest.mark.slow
@pytest.mark.parametrize("name", [f"{WHOLE}: first runs", *CHOSEN])
def test_fault_is_survived(short: dict[str, Tried], name: str) -> None:
    assert short[name].lost == []


@pytest.mark.slow
def test_what_is_lost_is_noticed(short: dict[str, Tried]) -> None:
    (text,) = short["lost: a byte"].lost
    assert "kommuner.parquet differs" in text


def test_trial_that_fails_itself_is_not_survived(tmp_path: Path) -> None:
    tried = attempt(Trial("kind", "name", lambda *_: [str(1 / 0)]), Ground(tmp_path), 1)
    assert "ZeroDivisionError" in tried.lost[0]


def test_short_version_has_some_of_each_kind_and_the_page_says_how_many_the_long_one_has() -> None:
    trials = {f"{trial.kind}: {trial.name}": trial.kind for trial in all_trials()}
    assert {trials[name] for name in CHOSEN} | {WHOLE} == set(trials.values())
    assert len(trials) == len(all_trials())
    page = results.PAGE.read_text(encoding="utf-8")
    assert [kind for kind, n in how_many(all_trials()).items() if f"| {kind} | {n} |" not in page] == []


def test_series_goes_on_where_it_was_stopped_unless_the_seed_or_the_project_is_another(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    first = begin(file, 7)
    first.tried.append(Tried("kind", "name", [], 1.5))
    first.write(file)
    assert begin(file, None) == begin(file, 7) == first
    assert begin(file, 8).tried == []
    Results(7, "another project", first.tried).write(file)
    assert begin(file, 7).tried == []


def test_results_are_counted_by_kind_and_written_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = [Tried("a", "1", [], 60.0), Tried("a", "2", ["gone"], 60.0), Tried("b", "1", [], 0.0)]
    found, planned = Results(7, "p", tried), Counter({"a": 3, "b": 1})
    assert list(found.table(planned)) == [("a", 3, 2, 1, 1), ("b", 1, 1, 1, 0), ("all", 4, 3, 2, 1)]
    page = tmp_path / "page.md"
    page.write_text("# Page\n", encoding="utf-8")
    monkeypatch.setattr(results, "PAGE", page)
    found.append_to_page(planned, "How.")
    said = page.read_text(encoding="utf-8")
    assert said.startswith("# Page\n\n### ")
    assert "`make chaos SEED=7`, 2 minutes" in said
    assert "| all | 4 | 3 | 2 | 1 |\n\nLost: a, 2." in said
