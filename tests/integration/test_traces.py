"""Nothing that a run writes or says tells of a single respondent: no id, no pseudonym, no row of answers, no key.

Not here: what tables hold by design (test_whole_line.py), and what can be computed from them (disclosure).
"""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.integration.traces import Told, places, tables_of_people, told
from tests.line import Line

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def people(built: Line) -> Told:
    return told(built)


def test_all_respondents_are_looked_for(people: Told, built: Line) -> None:
    waves = built.table("extract_log").set_index(["survey", "wave"])["n_rows"]
    n_people = waves.loc[["dfo_innbygger", "itip"]].sum()
    # Of so many numbers drawn, a few are drawn in two waves.
    assert 0.999 * n_people < len(people.pseudonyms) <= n_people
    assert 0.999 * n_people < len(people.ids) <= n_people
    assert len(people.rows) > 2 * n_people
    assert people.sought.left_out == 0
    assert set(tables_of_people()) == {"dfo_innbygger", "itip_virksomhet", "itip_innbygger"}


def test_nothing_outside_landing_and_the_build_database_tells_of_a_respondent(people: Told, built: Line) -> None:
    """What the run said on the terminal lies there, too, as do history, logs, Parquet, the warehouse and the report."""
    assert (built.data_dir / "first_run.txt").exists()
    found = places(built.data_dir, people.sought)
    assert found.pop("work/pseudonym.key") == 1
    assert found.pop("work/build.duckdb") > len(people.pseudonyms)
    assert found == {}


def in_parquet(folder: Path, text: str) -> None:
    pq.write_table(pa.table({"answer": ["", text]}), folder / "survey_estimates.parquet")


def in_a_log(folder: Path, text: str) -> None:
    (folder / "run.log").write_text(f"step failed: {text}\n", encoding="utf-8")


@pytest.mark.parametrize("what", ["ids", "pseudonyms", "rows"])
@pytest.mark.parametrize("put", [in_parquet, in_a_log], ids=lambda put: put.__name__)
def test_one_that_is_planted_is_found(
    people: Told, tmp_path: Path, put: Callable[[Path, str], None], what: str
) -> None:
    release = tmp_path / "published"
    release.mkdir()
    put(release, min(getattr(people, what)))
    assert len(places(tmp_path, people.sought)) == 1
