"""What a release would change of the one in force beyond what its files explain is found, and accepted by name alone.

Not here: which files may take the place of which (test_evidence.py).
"""

from pathlib import Path

import duckdb
import pytest

from pipelines.common import accepted
from pipelines.common.contracts import Column, Contract
from pipelines.publish.drift import Drift, judge, of_tables, stop_message

WAVES = {2021: ("a1", 1000, True), 2023: ("b1", 800, False)}  # {wave: hash of its file, rows, whether it is synthetic}
ESTIMATES_KEY = ("survey", "wave", "question_id", "statistic")
COLUMNS = (
    *(Column(name, "varchar", "", "") for name in ESTIMATES_KEY),
    Column("estimate", "double", "", ""),
)
CONTRACTS = {
    "survey_estimates": Contract("survey_estimates", "marts", "", ESTIMATES_KEY, COLUMNS),
    "survey_changes": Contract(
        "survey_changes",
        "marts",
        "",
        ("survey", "wave", "compared_wave"),
        tuple(Column(name, "varchar", "", "") for name in ("survey", "wave", "compared_wave")),
    ),
    "extract_log": Contract(
        "extract_log",
        "marts",
        "",
        ("survey", "wave", "sha256"),
        (
            *(Column(name, "varchar", "", "") for name in ("survey", "sha256", "status")),
            Column("wave", "integer", "", ""),
        ),
    ),
    "goal_scorecard": Contract("goal_scorecard", "marts", "", ("year",), (Column("year", "integer", "", ""),)),
}
LOG = (
    "survey varchar, wave integer, file_name varchar, sha256 varchar, is_synthetic boolean, n_rows integer, "
    "status varchar"
)
TABLE = (
    "survey varchar, wave integer, question_id varchar, statistic varchar, estimate double, std_error double, "
    "n_answers integer, is_suppressed boolean"
)
# (wave, question, statistic, estimate, standard error, answers, whether it is hidden)
ROWS = [
    (2021, "trust", "share", 0.5, 0.01, 900, False),
    (2021, "use", "mean", 6.0, 0.1, 900, False),
    (2023, "trust", "share", 0.6, 0.01, 700, False),
    (2023, "few", "share", None, None, None, True),
]


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """The build database of the release in force."""
    con = duckdb.connect()
    con.execute("create schema marts")
    con.execute(f"create table marts.extract_log ({LOG})")
    con.execute(f"create table marts.survey_estimates ({TABLE})")
    con.execute("create table marts.survey_changes as select 's' as survey, 2021 as wave, 2023 as compared_wave")
    con.execute("create table marts.goal_scorecard as select 2021 as year union all select 2022")
    for wave, (sha256, n_rows, is_synthetic) in WAVES.items():
        for status, mark in (("loaded", ""), ("replaced", " of before")):
            said = ["s", wave, f"s/{wave}/file.csv", sha256 + mark, is_synthetic, n_rows, status]
            con.execute("insert into marts.extract_log values (?, ?, ?, ?, ?, ?, ?)", said)
    for row in ROWS:
        con.execute("insert into marts.survey_estimates values ('s', ?, ?, ?, ?, ?, ?, ?)", row)
    return con


@pytest.fixture
def in_force(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Path:
    for name in CONTRACTS:
        con.execute(f"copy marts.{name} to '{tmp_path / name}.parquet'")
    return tmp_path


REDELIVERED = "update marts.extract_log set sha256 = 'b2' where wave = 2023 and status = 'loaded'"
CHANGES: dict[str, tuple[list[str], bool, list[Drift]]] = {
    "nothing": ([], True, []),
    "a log that knows nothing of before": (["delete from marts.extract_log where status <> 'loaded'"], True, []),
    "rounding of another order": (["update marts.survey_estimates set estimate = estimate + 1e-12"], True, []),
    "an estimate of the same file": (
        ["update marts.survey_estimates set estimate = 0.51 where wave = 2021 and question_id = 'trust'"],
        True,
        [
            Drift(
                "estimates_moved",
                "s/2021",
                1,
                "s/2021: 1 estimates would move, though its files are the same, at most by 0.01",
            )
        ],
    ),
    "an estimate of the same file that is none any more": (
        ["update marts.survey_estimates set estimate = null where wave = 2021 and question_id = 'trust'"],
        True,
        [
            Drift(
                "estimates_moved",
                "s/2021",
                1,
                "s/2021: 1 estimates would move, though its files are the same, at most by 0",
            )
        ],
    ),
    "a standard error of the same file": (
        ["update marts.survey_estimates set std_error = 0.02 where wave = 2023 and question_id = 'trust'"],
        True,
        [
            Drift(
                "estimates_moved",
                "s/2023",
                1,
                "s/2023: 1 estimates would move, though its files are the same, at most by 0",
            )
        ],
    ),
    "a little, of the same file with a cell corrected": (
        [
            "alter table marts.extract_log add column n_corrections integer default 0",
            "update marts.extract_log set n_corrections = 1 where wave = 2023",
            "update marts.survey_estimates set estimate = 0.65 where wave = 2023 and question_id = 'trust'",
        ],
        False,
        [],
    ),
    "a little, of a new file": (
        [REDELIVERED, "update marts.survey_estimates set estimate = 0.65 where wave = 2023 and question_id = 'trust'"],
        False,
        [],
    ),
    "a share jumps": (
        [REDELIVERED, "update marts.survey_estimates set estimate = 0.71 where wave = 2023 and question_id = 'trust'"],
        False,
        [Drift("estimates_jumped", "s/2023", 1, "s/2023: 1 estimates would jump, at most by 0.11")],
    ),
    "a share of few jumps": (
        [
            REDELIVERED,
            "update marts.survey_estimates set estimate = 0.9, n_answers = 50 where n_answers = 700",
        ],
        False,
        [],
    ),
    "a mean jumps": (
        [
            "update marts.extract_log set sha256 = 'a2' where wave = 2021",
            "update marts.survey_estimates set estimate = 6.6 where question_id = 'use'",
        ],
        False,
        [Drift("estimates_jumped", "s/2021", 1, "s/2021: 1 estimates would jump, at most by 0.6")],
    ),
    "from synthetic to real": (
        [
            "update marts.extract_log set sha256 = 'a2', is_synthetic = false, n_rows = 10 where wave = 2021",
            "update marts.survey_estimates set estimate = 0.01 where wave = 2021",
        ],
        False,
        [],
    ),
    "fewer rows": (
        [REDELIVERED, "update marts.extract_log set n_rows = 719 where wave = 2023"],
        False,
        [Drift("rows_fewer", "s/2023", 81, "s/2023 has 800 rows in it, and would have 719")],
    ),
    "a tenth fewer rows": ([REDELIVERED, "update marts.extract_log set n_rows = 720 where wave = 2023"], False, []),
    "a key of a wave": (
        ["delete from marts.survey_estimates where question_id = 'use'"],
        False,
        [
            Drift(
                "keys_gone",
                "survey_estimates",
                1,
                "1 rows of survey_estimates, by survey, wave, question_id, statistic, would be gone",
            )
        ],
    ),
    "a key of a wave that was delivered anew": (
        [REDELIVERED, "delete from marts.survey_estimates where wave = 2023"],
        False,
        [],
    ),
    "a key of another table": (
        ["delete from marts.goal_scorecard where year = 2021"],
        True,
        [Drift("keys_gone", "goal_scorecard", 1, "1 rows of goal_scorecard, by year, would be gone")],
    ),
    "a key of another table, with another wave": (["delete from marts.goal_scorecard where year = 2021"], False, []),
    "a comparison of waves whose files are the same": (
        ["delete from marts.survey_changes"],
        False,
        [
            Drift(
                "keys_gone",
                "survey_changes",
                1,
                "1 rows of survey_changes, by survey, wave, compared_wave, would be gone",
            )
        ],
    ),
    "a comparison with a wave that was delivered anew": ([REDELIVERED, "delete from marts.survey_changes"], False, []),
    "a comparison, with a wave more": (
        [
            "insert into marts.extract_log (survey, wave, file_name, sha256, is_synthetic, n_rows, status) "
            "values ('s', 2025, 's/2025/file.csv', 'c1', false, 5, 'loaded')",
            "delete from marts.survey_changes",
        ],
        False,
        [],
    ),
    "what was hidden": (
        ["update marts.survey_estimates set estimate = 0.1, n_answers = 3, is_suppressed = false where is_suppressed"],
        True,
        [Drift("shown_again", "s/2023", 1, "s/2023: 1 estimates are hidden, and would be shown")],
    ),
    "more is hidden": (
        ["update marts.survey_estimates set estimate = null, std_error = null, is_suppressed = true"],
        True,
        [],
    ),
    "a wave more": (
        [
            "insert into marts.extract_log values ('s', 2025, 's/2025/file.csv', 'c1', false, 5, 'loaded')",
            "insert into marts.survey_estimates values ('s', 2025, 'trust', 'share', 0.1, 0.1, 5, false)",
        ],
        False,
        [],
    ),
}


@pytest.mark.parametrize("case", CHANGES)
def test_what_the_files_do_not_explain_is_found(con: duckdb.DuckDBPyConnection, in_force: Path, case: str) -> None:
    statements, is_same_files, expected = CHANGES[case]
    for statement in statements:
        con.execute(statement)
    assert of_tables(con, in_force, CONTRACTS, is_same_files) == expected


def test_table_and_key_that_the_release_in_force_does_not_have_are_no_loss(
    con: duckdb.DuckDBPyConnection, in_force: Path
) -> None:
    con.execute(f"copy (select 2021 as another) to '{in_force / 'goal_scorecard.parquet'}'")
    new = Contract("new", "marts", "", ("year",), (Column("year", "integer", "", ""),))
    assert of_tables(con, in_force, {**CONTRACTS, "new": new}, is_same_files=True) == []


def test_estimates_with_other_columns_in_the_release_in_force_are_told_of_and_can_be_accepted(
    con: duckdb.DuckDBPyConnection, in_force: Path
) -> None:
    con.execute(
        f"copy (select * exclude (statistic) from marts.survey_estimates) to '{in_force}/survey_estimates.parquet'"
    )
    (found,) = of_tables(con, in_force, CONTRACTS, is_same_files=True)
    assert (found.kind, found.subject) == ("replaced", "")
    assert "has other columns in it" in found.problem


MOVED = Drift("estimates_moved", "s/2021", 12, "s/2021: 12 estimates would move")


@pytest.mark.parametrize(
    ("said", "is_accepted"),
    [
        ({"kind": "estimates_moved", "subject": "s/2021", "at_most": "12"}, True),
        ({"kind": "estimates_moved", "subject": "s/2021", "at_most": "11"}, False),
        ({"kind": "estimates_moved", "subject": "s/2021", "at_most": ""}, False),
        ({"kind": "estimates_moved", "subject": "s/2023", "at_most": "12"}, False),
        ({"kind": "estimates_jumped", "subject": "s/2021", "at_most": "12"}, False),
        ({"kind": "replaced", "subject": "", "at_most": ""}, True),
        ({"kind": "estimates_moved", "subject": "s/2021", "at_most": "12", "release_id": "another"}, False),
    ],
)
def test_change_is_accepted_by_release_kind_subject_and_number(
    monkeypatch: pytest.MonkeyPatch, said: dict[str, str], is_accepted: bool
) -> None:
    row = {"release_id": "r1", "accepted_by": "Kari", "note": "rettet vekt", **said}
    monkeypatch.setattr(accepted, "read_seed", lambda _: [row])
    rows, left = judge("r1", [MOVED])
    assert (rows, left) == (([row], []) if is_accepted else ([], [MOVED]))


def test_what_a_run_prints_is_what_accepts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = [MOVED, Drift("wave_gone", "s/2019", None, "s/2019 is in it, and would be in no table")]
    said = stop_message("r1", changes)
    assert "- s/2021: 12 estimates would move (estimates_moved)" in said
    header = ("release_id", "kind", "subject", "at_most", "accepted_by", "accepted_on", "note")
    lines = [line.split(",") for line in said.splitlines() if line.startswith("r1,")]
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    monkeypatch.setattr(accepted, "read_seed", lambda _: rows)
    assert judge("r1", changes) == (rows, [])


def test_of_many_changes_the_first_are_said_and_all_can_be_accepted() -> None:
    changes = [Drift("wave_gone", f"s/{year}", None, f"s/{year} is gone") for year in range(2000, 2013)]
    said = stop_message("r1", changes)
    assert "... and 3 more" in said
    assert sum(line.startswith("r1,wave_gone,") for line in said.splitlines()) == 13
