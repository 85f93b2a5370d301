"""What a release would change of the one in force beyond what its files explain is found, and accepted by name alone.

Not here: which files may take the place of which (test_evidence.py).
"""

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipelines.common import accepted
from pipelines.common.contracts import Column, Contract
from pipelines.common.in_force import inputs_of
from pipelines.publish import assets
from pipelines.publish.assets import NotAcceptedError
from pipelines.publish.before import Before, tables_before
from pipelines.publish.drift import Drift, judge, of_tables, stop_message
from pipelines.publish.tables import file_hash, in_sql

WAVES = {2021: ("a1", 1000, True), 2023: ("b1", 800, False)}  # {wave: hash of its file, rows, whether it is synthetic}
ESTIMATES_KEY = ("survey", "wave", "question_id", "statistic")
COLUMNS = (
    *(Column(name, "varchar", "", "") for name in ESTIMATES_KEY),
    Column("estimate", "double", "", ""),
    Column("std_error", "double", "", ""),
    Column("n_answers", "integer", "", ""),
    Column("is_suppressed", "boolean", "", ""),
    Column("question_no", "integer", "", "", expression="a number to sort by"),
)
CONTRACTS = {
    "survey_estimates": Contract("survey_estimates", "marts", "", ESTIMATES_KEY, COLUMNS),
    "survey_changes": Contract(
        "survey_changes",
        "marts",
        "",
        ("survey", "wave", "compared_wave"),
        (
            *(Column(name, "varchar", "", "") for name in ("survey", "wave", "compared_wave")),
            Column("p_value", "double", "", ""),
        ),
    ),
    "extract_log": Contract(
        "extract_log",
        "marts",
        "",
        ("survey", "wave", "sha256"),
        (
            *(Column(name, "varchar", "", "") for name in ("survey", "sha256", "status")),
            Column("wave", "integer", "", ""),
            Column("n_rows", "integer", "", ""),
        ),
    ),
    "goal_scorecard": Contract(
        "goal_scorecard",
        "marts",
        "",
        ("year",),
        (Column("year", "integer", "", ""), Column("rule_score", "double", "", ""), Column("amount", "bigint", "", "")),
    ),
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
    con.execute(
        "create table marts.survey_changes as select 's' as survey, 2021 as wave, 2023 as compared_wave, "
        "0.04::double as p_value"
    )
    con.execute(
        "create table marts.goal_scorecard as "
        "from (values (2021, 1.5::double, 1000000000::bigint), (2022, null, null)) as scores (year, rule_score, amount)"
    )
    for wave, (sha256, n_rows, is_synthetic) in WAVES.items():
        for status, mark in (("loaded", ""), ("replaced", " of before")):
            said = ["s", wave, f"s/{wave}/file.csv", sha256 + mark, is_synthetic, n_rows, status]
            con.execute("insert into marts.extract_log values (?, ?, ?, ?, ?, ?, ?)", said)
    for row in ROWS:
        con.execute("insert into marts.survey_estimates values ('s', ?, ?, ?, ?, ?, ?, ?)", row)
    return con


def published(con: duckdb.DuckDBPyConnection, release: Path) -> Path:
    """A release of what is built, as far as it is compared: tables, database and manifest."""
    release.mkdir(parents=True)
    with duckdb.connect(str(release / "warehouse.duckdb")) as warehouse:
        warehouse.execute("create schema marts")
        for name in CONTRACTS:
            file = release / f"{name}.parquet"
            con.execute(f"copy marts.{name} to '{file}'")
            warehouse.execute(f"create table marts.{name} as from '{file}'")
    inputs = con.execute("select file_name, sha256, is_synthetic from marts.extract_log where status = 'loaded'")
    said = {
        "release": release.name,
        "fingerprint": "",
        "inputs": [dict(zip(("path", "sha256", "is_synthetic"), row, strict=True)) for row in inputs.fetchall()],
        "tables": [entry_of(release / f"{name}.parquet") for name in CONTRACTS],
        "files": [entry_of(release / "warehouse.duckdb")],
    }
    (release / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    return release


def entry_of(file: Path) -> dict[str, str]:
    return {"name": file.stem, "path": file.name, "bytes": file.stat().st_size, "sha256": file_hash(file)}


@pytest.fixture
def in_force(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Path:
    return published(con, tmp_path / "releases" / "r2")


def compared(con: duckdb.DuckDBPyConnection, in_force: Path, contracts: dict, is_same_files: bool) -> list[Drift]:
    tables = {name: in_sql(in_force, name) for name in CONTRACTS}
    return of_tables(con, Before(in_force, tables["extract_log"], tables), contracts, is_same_files)


REDELIVERED = "update marts.extract_log set sha256 = 'b2' where wave = 2023 and status = 'loaded'"
# Ten more estimates, which the release in force has, too.
MORE = [
    "insert into marts.survey_estimates "
    "select 's', 2023, 'more ' || n, 'share', 0.5, 0.01, 700, false from range(10) as ten (n)"
]
HIDDEN = "update marts.survey_estimates set estimate = null, std_error = null, n_answers = null, is_suppressed = true"
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
    "keys of a wave that was delivered anew": (
        [REDELIVERED, "delete from marts.survey_estimates where question_id = 'trust' and wave = 2023"],
        False,
        [Drift("keys_fewer", "s/2023", 1, "s/2023: 1 of 2 estimates would be gone")],
    ),
    "a key in ten of a wave that was delivered anew": (
        [*MORE, REDELIVERED, "delete from marts.survey_estimates where question_id = 'more 1' and wave = 2023"],
        False,
        [],
    ),
    "many more rows": (
        [REDELIVERED, "update marts.extract_log set n_rows = 1600 where wave = 2023"],
        False,
        [Drift("rows_more", "s/2023", 800, "s/2023 has 800 rows in it, and would have 1600")],
    ),
    "a quarter more rows": ([REDELIVERED, "update marts.extract_log set n_rows = 1000 where wave = 2023"], False, []),
    "many more rows of what is fetched": (
        [
            REDELIVERED,
            "update marts.extract_log set n_rows = 1600 where wave = 2023",
            "update marts.extract_log set survey = 'fetched'",
            "update marts.survey_changes set survey = 'fetched'",
        ],
        False,
        [],
    ),
    "numbers of a comparison": (
        ["update marts.survey_changes set p_value = 0.06"],
        False,
        [
            Drift(
                "numbers_moved",
                "survey_changes",
                1,
                "1 rows of survey_changes would have other numbers (p_value), though their files are the same",
            )
        ],
    ),
    "numbers of a comparison with a wave that was delivered anew": (
        [REDELIVERED, "update marts.survey_changes set p_value = 0.06"],
        False,
        [],
    ),
    "other numbers of estimates": (
        ["update marts.survey_estimates set n_answers = n_answers + 1 where wave = 2021"],
        False,
        [
            Drift(
                "numbers_moved",
                "survey_estimates",
                2,
                "2 rows of survey_estimates would have other numbers (n_answers), though their files are the same",
            )
        ],
    ),
    "numbers of a table that is of no wave": (
        ["update marts.goal_scorecard set rule_score = null, amount = amount + 2 where year = 2021"],
        True,
        [
            Drift(
                "numbers_moved",
                "goal_scorecard",
                1,
                "1 rows of goal_scorecard would have other numbers (amount, rule_score), though their files are the "
                "same",
            )
        ],
    ),
    "numbers of a table that is of no wave, with another wave": (
        ["update marts.goal_scorecard set rule_score = 0"],
        False,
        [],
    ),
    "rounding of another order, also of large numbers": (
        ["update marts.goal_scorecard set amount = amount + 1, rule_score = rule_score + 1e-12"],
        True,
        [],
    ),
    "what the log tells of the same files": (["update marts.extract_log set n_rows = n_rows + 1"], True, []),
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
    "all is hidden": (
        [HIDDEN],
        True,
        [
            Drift("hidden_more", "s/2021", 2, "s/2021: 2 of 2 estimates that are shown would be hidden"),
            Drift("hidden_more", "s/2023", 1, "s/2023: 1 of 1 estimates that are shown would be hidden"),
        ],
    ),
    "all is empty of a wave that was delivered anew": (
        [REDELIVERED, "update marts.survey_estimates set estimate = null where wave = 2023"],
        False,
        [Drift("hidden_more", "s/2023", 1, "s/2023: 1 of 1 estimates that are shown would be hidden")],
    ),
    "one in ten is hidden": ([*MORE, f"{HIDDEN} where question_id = 'more 1'"], True, []),
    "all is hidden of a wave that is real now": (
        [
            "update marts.extract_log set sha256 = 'a2', is_synthetic = false where wave = 2021",
            f"{HIDDEN} where wave = 2021",
        ],
        False,
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
        if statement in MORE:
            in_force = published(con, in_force.parent / f"{in_force.name}-with-more")
    assert compared(con, in_force, CONTRACTS, is_same_files) == expected


def test_table_and_key_that_the_release_in_force_does_not_have_are_no_loss(
    con: duckdb.DuckDBPyConnection, in_force: Path
) -> None:
    con.execute(f"copy (select 2021 as another) to '{in_force / 'goal_scorecard.parquet'}'")
    new = Contract("new", "marts", "", ("year",), (Column("year", "integer", "", ""),))
    assert compared(con, in_force, {**CONTRACTS, "new": new}, is_same_files=True) == []


def test_table_that_would_be_published_no_more_is_found(con: duckdb.DuckDBPyConnection, in_force: Path) -> None:
    less = {
        name: contract for name, contract in CONTRACTS.items() if name not in ("goal_scorecard", "survey_estimates")
    }
    assert [(found.kind, found.subject, found.n) for found in compared(con, in_force, less, is_same_files=True)] == [
        ("table_gone", "goal_scorecard", None),
        ("table_gone", "survey_estimates", None),
    ]


def test_estimates_with_other_columns_in_the_release_in_force_are_told_of_and_can_be_accepted(
    con: duckdb.DuckDBPyConnection, in_force: Path
) -> None:
    con.execute(
        f"copy (select * exclude (statistic) from marts.survey_estimates) to '{in_force}/survey_estimates.parquet'"
    )
    (found,) = compared(con, in_force, CONTRACTS, is_same_files=True)
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


# A release in force that is damaged


def broken(release: Path, *names: str) -> None:
    for name in names:
        path = release / name
        path.write_bytes(path.read_bytes()[:-1])


DAMAGE: dict[str, tuple[tuple[str, ...], dict[str, set[str]], str]] = {
    # what is damaged in r2: ({release: the tables that are from it}, what is said)
    "nothing": ((), {"r2": {*CONTRACTS}}, ""),
    "a table": (("goal_scorecard.parquet",), {"r2": {*CONTRACTS}}, ""),
    "all tables": (tuple(f"{name}.parquet" for name in CONTRACTS), {"r2": {*CONTRACTS}}, ""),
    "a table and the database": (
        ("survey_estimates.parquet", "warehouse.duckdb"),
        {"r2": {*CONTRACTS} - {"survey_estimates"}, "r1": {"survey_estimates"}},
        "damaged in release r2, so compared with those of r1: survey_estimates",
    ),
    "the log and the database": (
        ("extract_log.parquet", "warehouse.duckdb"),
        {"r1": {*CONTRACTS}},
        "damaged in release r2, so compared with those of r1: extract_log, goal_scorecard, survey_changes, survey_est",
    ),
    "the manifest": (
        ("manifest.json",),
        {"r1": {*CONTRACTS}},
        "damaged in release r2, so compared with those of r1: its tables",
    ),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_each_table_is_compared_with_the_best_there_is(
    con: duckdb.DuckDBPyConnection, in_force: Path, case: str
) -> None:
    names, expected, said = DAMAGE[case]
    for other in ("r0", "r1", "r3"):
        published(con, in_force.parent / other)
    broken(in_force, *names)
    told: list[str] = []
    found = list(tables_before(con, in_force, told.append))
    assert {was.release.name: {*was.tables} for was in found} == expected
    assert said in " ".join(told) and bool(said) == bool(told)
    assert not any(text.startswith("!") for text in told)
    for was in found:
        for name, table in was.tables.items():
            assert (
                con.execute(f"select count(*) from {table}").fetchall()
                == con.execute(f"select count(*) from marts.{name}").fetchall()
            )


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("goal_scorecard.parquet", "warehouse.duckdb"), "! damaged, and in no other release: goal_scorecard cannot"),
        (("manifest.json",), "! its tables cannot be compared with what would be published: "),
    ],
)
def test_what_no_whole_release_has_is_named(
    con: duckdb.DuckDBPyConnection, in_force: Path, names: tuple[str, ...], said: str
) -> None:
    broken(published(con, in_force.parent / "r1"), "survey_changes.parquet")  # another, not whole itself
    broken(in_force, *names)
    told: list[str] = []
    list(tables_before(con, in_force, told.append))
    assert [text[: len(said)] for text in told] == [said]


def with_log(release: Path) -> None:
    """The database would be another with what someone was about to write into it."""
    broken(release, "survey_estimates.parquet")
    (release / "warehouse.duckdb.wal").write_bytes(b"a log")


@pytest.mark.parametrize(
    "damage",
    [
        lambda release: broken(release, "goal_scorecard.parquet"),
        lambda release: broken(release, "survey_estimates.parquet"),
        lambda release: broken(release, "survey_estimates.parquet", "warehouse.duckdb"),
        lambda release: broken(release, "extract_log.parquet", "warehouse.duckdb"),
        lambda release: broken(release, "manifest.json"),
        with_log,
    ],
    ids=["another table", "the table", "the table and the database", "the log and the database", "the manifest", "log"],
)
def test_damage_does_not_keep_halved_estimates_from_being_found(
    con: duckdb.DuckDBPyConnection, in_force: Path, damage: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    published(con, in_force.parent / "r1")
    inputs = inputs_of(in_force)
    damage(in_force)
    monkeypatch.setattr(assets, "forgotten", lambda _: [])
    told: list[str] = []
    assert assets._may_replace(con, CONTRACTS, inputs, told.append, in_force) == []
    con.execute("update marts.survey_estimates set estimate = estimate / 2")
    with pytest.raises(NotAcceptedError, match="s/2021: 2 estimates would move"):
        assets._may_replace(con, CONTRACTS, inputs, told.append, in_force)
    assert not any(text.startswith("!") for text in told)


def test_what_was_accepted_when_a_release_was_replaced_is_not_asked_again_where_it_is_compared_once_more(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(con, tmp_path / "r1")
    con.execute("update marts.survey_estimates set estimate = estimate / 2 where wave = 2021")
    in_force = published(con, tmp_path / "r2")
    row = {"release_id": "r1", "kind": "estimates_moved", "subject": "s/2021", "at_most": "2"}
    inputs = inputs_of(in_force)
    broken(in_force, "survey_estimates.parquet", "warehouse.duckdb")
    monkeypatch.setattr(assets, "forgotten", lambda _: [])
    with pytest.raises(NotAcceptedError):
        assets._may_replace(con, CONTRACTS, inputs, lambda _: None, in_force)
    monkeypatch.setattr(accepted, "read_seed", lambda _: [row])
    assert assets._may_replace(con, CONTRACTS, inputs, lambda _: None, in_force) == [row]
