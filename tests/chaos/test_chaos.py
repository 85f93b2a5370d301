"""Some faults of each kind are survived, in the short version of `make chaos`; what it counts and writes is right.

Not here: all of them (`make chaos`, docs/reliability.md).
"""

import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Lock
from typing import Any

import pytest

from pipelines.common.settings import PROJECT_DIR
from tests.chaos import holds, results, worker
from tests.chaos.attempts import attempt, begin
from tests.chaos.ground import Ground
from tests.chaos.kills import WHOLE
from tests.chaos.memory import SHORT_OF_MEMORY
from tests.chaos.plan import all_trials, how_many
from tests.chaos.results import Results, Tried
from tests.chaos.short import CHOSEN
from tests.chaos.trial import Trial
from tests.chaos.whole import Content, differences, foreign
from tests.line import Line, Run


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tried]:
    """{trial: how it went}. In a process of its own: it forks, which one with threads of many tests had better not."""
    folder = tmp_path_factory.mktemp("chaos")
    subprocess.run([sys.executable, "-m", "tests.chaos.short", str(folder)], cwd=PROJECT_DIR, check=True)
    found = Results.read(folder / "results.json")
    assert found is not None
    assert found.tried[0].lost == []
    return {str(one): one for one in found.tried}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.memory_group] if name.startswith(SHORT_OF_MEMORY) else [])
        for name in (f"{WHOLE}: first runs", *CHOSEN)
    ],
)
def test_fault_is_survived(short: dict[str, Tried], name: str) -> None:
    assert short[name].lost == []


@pytest.mark.slow
def test_what_is_lost_is_noticed(short: dict[str, Tried]) -> None:
    (text,) = short["lost: a_byte"].lost
    assert "kommuner.parquet differs" in text
    (text,) = short["lost: another_release"].lost
    assert text.endswith("is in force, which is none of those expected")
    assert sorted(text.partition(" (")[0] for text in short["lost: a_delivery"].lost) == [
        "in force is dfo_innbygger/2021/innbyggere.sav",
        "in force is international/un_egdi/2018/egdi.csv",
        "in force is itip/2021/itip.xlsx",
        "in force is ssb_kommune/2022/kommuner.csv",
    ]


MADE = Content({"a.csv": "1", "b.csv": "2"}, {"kommuner": "x", "survey_waves": "y"}, ["row"], frozenset({"0"}))
DELIVERED = {"before": {"a.csv": "0", "b.csv": "2"}, "after": {"a.csv": "1", "b.csv": "3"}}


def test_release_of_deliveries_is_whole_where_each_is_one_of_those_and_tables_are_of_a_run_with_them() -> None:
    assert foreign(MADE, DELIVERED, DELIVERED) == []
    assert differences(MADE, MADE) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"deliveries": {"a.csv": "1"}}, "nothing of b.csv is in force"),
        ({"deliveries": {"a.csv": "1", "b.csv": "half"}}, "in force is b.csv (half), which is none of before, after"),
        ({"deliveries": {"a.csv": "2", "b.csv": "2"}}, "in force is a.csv (2), which is none of before, after"),
        ({"replaced": frozenset({"half"})}, "the log has a file that nobody delivered (half)"),
        ({"tables": {"kommuner": "x"}}, "survey_waves has other rows than where the same was delivered"),
        ({"tables": {"kommuner": "x", "survey_waves": "z"}}, "survey_waves has other rows than where the same was"),
        ({"in_use": []}, "extract_log has other rows of files in use than where the same was delivered"),
    ],
)
def test_release_of_half_a_delivery_or_of_other_rows_is_not_whole(change: dict[str, Any], told: str) -> None:
    found = replace(MADE, **change)
    (text,) = foreign(found, DELIVERED, DELIVERED) + differences(found, MADE)
    assert text.startswith(told)


@pytest.mark.parametrize(("is_set_aside", "expected"), [(False, "after"), (True, "anew")])
def test_build_database_that_chance_decides_of_has_lost_its_history_only_where_a_run_set_it_aside(
    is_set_aside: bool, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground, judged = Ground(tmp_path), []
    ground.line.settings.work.mkdir(parents=True)
    if is_set_aside:
        (ground.line.settings.work / "build.set-aside-now.duckdb").touch()
    monkeypatch.setattr(Line, "run", lambda _: Run(0, "", ""))
    monkeypatch.setattr(holds, "_judged", lambda _, may_be, __: judged.append(may_be) or [])
    monkeypatch.setattr(holds, "_left", lambda _: [])
    assert holds.after_next_run(ground, "after", "anew") == holds.after_next_run(ground, "after") == []
    assert judged == [(expected,), ("after",)]


def test_trial_that_fails_itself_is_not_survived(tmp_path: Path) -> None:
    tried = attempt(Trial("kind", "name", lambda *_: [str(1 / 0)]), Ground(tmp_path), 1)
    assert "ZeroDivisionError" in tried.lost[0]


def section(title: str) -> str:
    """The part of the page of results under a title."""
    _, _, text = results.PAGE.read_text(encoding="utf-8").partition(f"\n## {title}\n")
    return text.partition("\n## ")[0]


def test_short_version_has_some_of_each_kind_and_the_page_says_how_many_the_long_one_has() -> None:
    trials = {str(trial): trial.kind for trial in all_trials()}
    assert {trials[name] for name in CHOSEN if name in trials} | {WHOLE} == set(trials.values())
    assert len(trials) == len(all_trials())
    tried = section("What is tried")
    assert [kind for kind, n in how_many(all_trials()).items() if f"\n| {kind} | {n} |" not in tried] == []


def test_each_table_of_results_on_the_page_adds_up() -> None:
    tables = re.findall(r"^\| Kind \| Planned \|.*\n\|[-:|]+\n((?:\|.*\n)+)", section("Results"), re.MULTILINE)
    assert tables
    for table in tables:
        rows = [line.strip("|").split("|") for line in table.splitlines()]
        *kinds, (total, *sums) = [(kind.strip(), *map(int, numbers)) for kind, *numbers in rows]
        assert total == "all"
        assert [sum(column) for column in zip(*(numbers for _, *numbers in kinds), strict=True)] == sums


def test_series_goes_on_where_it_was_stopped_unless_the_seed_or_the_project_is_another(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    grounds = [Ground(tmp_path / "ground")]
    first = begin(file, 7, grounds)
    first.tried.append(Tried("kind", "name", [], 1.5))
    first.write(file)
    assert begin(file, None, grounds) == begin(file, 7, grounds) == first
    assert begin(file, 8, grounds).tried == []
    Results(7, "another project", first.tried).write(file)
    assert begin(file, 7, grounds).tried == []


TRIED: dict[str, Any] = {"kind": "kind", "name": "name", "lost": [], "seconds": 1.5}
WRITTEN: dict[str, Any] = {"seed": 7, "tried": [TRIED], "seconds": 2.0}


@pytest.mark.parametrize(
    "form",
    [
        {name: value for name, value in WRITTEN.items() if name != "seconds"},
        {**WRITTEN, "tried": [{"kind": "kind", "name": "name", "lost": []}]},
        {**WRITTEN, "tried": [{**TRIED, "where": "here"}]},
        {**WRITTEN, "tried": None},
        [],
        "",
    ],
)
def test_series_whose_results_have_another_form_is_tried_anew(
    form: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, grounds = tmp_path / "results.json", [Ground(tmp_path / "ground")]
    project = begin(file, 7, grounds).project
    file.write_text(json.dumps({**WRITTEN, "project": project}), encoding="utf-8")
    assert begin(file, None, grounds) == Results(7, project, [Tried(**TRIED)], 2.0)
    file.write_text(json.dumps({**form, "project": project} if form else form), encoding="utf-8")
    assert begin(file, 7, grounds) == Results(7, project)
    assert "all is tried anew" in capsys.readouterr().out


def test_trials_are_tried_once_each_on_grounds_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = {}

    class One:
        def __init__(self, ground: Ground, seed: int) -> None:
            self._ground, self._seed = ground, seed

        def __enter__(self) -> "One":
            alone[self._ground] = Lock()
            return self

        def __exit__(self, *_: object) -> None:
            del alone[self._ground]

        def attempt(self, trial: Trial) -> Tried:
            assert alone[self._ground].acquire(blocking=False), "two on one ground at once"
            at_once.wait()
            alone[self._ground].release()
            return Tried(trial.kind, trial.name, [], self._seed)

    at_once = Barrier(2, timeout=10)
    monkeypatch.setattr(worker, "Worker", One)
    trials = [Trial("kind", str(n), lambda *_: []) for n in range(6)]
    ended = list(worker.tried(trials, [Ground(tmp_path / "1"), Ground(tmp_path / "2")], 7))
    assert sorted(map(str, ended)) == sorted(map(str, trials)) and {one.seconds for one in ended} == {7}
    assert alone == {}


def test_process_that_tries_and_dies_ends_the_series(tmp_path: Path) -> None:
    (tmp_path / worker.LOCK).mkdir()  # which nobody can hold
    with pytest.raises(RuntimeError, match=r"the process that tried kind: name ended with 1"):
        list(worker.tried([Trial("kind", "name", lambda *_: [])], [Ground(tmp_path)], 7))


def test_results_are_counted_by_kind_and_written_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = [Tried("a", "1", [], 100.0), Tried("a", "2", ["gone"], 100.0), Tried("b", "1", [], 0.0)]
    found, planned = Results(7, "p", tried, seconds=120.0), Counter({"a": 3, "b": 1})
    assert list(found.table(planned)) == [("a", 3, 2, 1, 1), ("b", 1, 1, 1, 0), ("all", 4, 3, 2, 1)]
    page = tmp_path / "page.md"
    page.write_text("# Page\n", encoding="utf-8")
    monkeypatch.setattr(results, "PAGE", page)
    found.append_to_page(planned, "How.")
    said = page.read_text(encoding="utf-8")
    assert said.startswith("# Page\n\n### ")
    assert "`make chaos SEED=7`, 2 minutes" in said
    assert "| all | 4 | 3 | 2 | 1 |\n\nLost: a, 2." in said
