"""Counts add up in any order, and a shard is counted by statements that are given as text.

Not here: the project's own statements (tests/integration/test_shards.py), and where tasks run (test_runner.py).
"""

import dataclasses
import hashlib
import itertools
from pathlib import Path

import duckdb
import pytest

from pipelines.common.memory import with_advice
from pipelines.common.settings import Settings
from pipelines.scale import counting
from pipelines.scale.adding import added, as_parquet, from_parquet, how_added
from pipelines.scale.counting import Counting, count_shard
from pipelines.scale.kept import Kept, fingerprint
from pipelines.scale.shards import Shard, ShardError, read_shards, rows_of
from pipelines.scale.statements import COUNTS, SHARD, Statement, Statements, read_statements
from pipelines.scale.tasks import attempt
from pipelines.scale.told import DESIGN, MARK, Progress, numbers_of

HUGE = 2**100
CELLS = 'shard.file_row_number + 1 as row_number, shard."{}"::varchar as q'
ROWS = (
    Statement(SHARD, '"build"."raw"."s"', "select 1 as wave, 1::bigint as row_number, '' as q where false"),
    Statement("view", '"build"."staging"."stg_s"', "select wave, cast(q as smallint) as q from build.raw.s"),
    Statement("table", '"build"."harmonised"."r"', "select q, size from build.staging.stg_s, build.harmonised.sizes"),
    Statement(COUNTS, "answers", f"select q, count(*) n, sum({HUGE} + q) sum_x from build.harmonised.r group by q"),
    Statement(COUNTS, "ends", "select min(q) as smallest_q, max(q) as largest_q from build.harmonised.r"),
)  # fmt: skip
GIVEN = Statements("build", {"perfect_ht_threshold": "18"}, {("s", ""): ROWS})


@pytest.fixture
def shard(tmp_path: Path) -> Shard:
    path = tmp_path / "s.parquet"
    with duckdb.connect() as con:
        con.execute(f"copy (select (range % 3)::tinyint as \"Q\" from range(10)) to '{path}'")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Shard(
        "s",
        2001,
        "",
        "s/2001/s.parquet",
        str(path),
        sha256,
        10,
        'shard.file_row_number + 1 as row_number, shard."Q"::varchar as q',
    )


@pytest.fixture
def task(shard: Shard) -> Counting:
    with duckdb.connect() as con:
        return Counting(shard, {"build.harmonised.sizes": as_parquet(con, "select 1 as size")})


@pytest.mark.parametrize("rows_at_once", [1, 4, 10, 500])
def test_a_shard_is_counted_in_pieces_as_a_whole(
    task: Counting, rows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "ROWS_AT_ONCE", rows_at_once)
    rows = from_parquet(count_shard(task, GIVEN, None)).to_pylist()
    answers = {row["q"]: (int(row["n"]), int(row["sum_x"])) for row in rows if row["counted"] == "answers"}
    assert answers == {0: (4, 4 * HUGE), 1: (3, 3 * (HUGE + 1)), 2: (3, 3 * (HUGE + 2))}
    assert [(row["smallest_q"], row["largest_q"]) for row in rows if row["counted"] == "ends"] == [(0, 2)]


def test_a_shard_without_rows_has_no_counts(task: Counting, tmp_path: Path) -> None:
    path = tmp_path / "none.parquet"
    with duckdb.connect() as con:
        con.execute(f"copy (select 1::tinyint as \"Q\" where false) to '{path}'")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    empty = dataclasses.replace(task.shard, path=str(path), sha256=sha256, n_rows=0)
    rows = from_parquet(count_shard(Counting(empty, task.tables), GIVEN, None)).to_pylist()
    assert [row for row in rows if row["counted"] == "answers"] == []


def test_a_shard_that_takes_too_much_memory_is_named_with_what_to_do(
    task: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MEMORY_LIMIT", "20MB")
    large = Statement("table", '"build"."harmonised"."r"', "select range as q, 1 as size from range(10_000_000)")
    given = dataclasses.replace(GIVEN, of={("s", ""): (*ROWS[:2], large, *ROWS[3:])})
    is_done, said = attempt(count_shard, task, given, None)
    assert not is_done
    assert said == (
        "ShardError: landing/s/2001/s.parquet: 10 of its rows at once take more memory to be counted than a task has "
        "(20MB); write smaller shards, of 5 rows or fewer"
    )
    assert with_advice(str(said)) == said  # which is of what does not count shards


def test_a_shard_that_is_not_the_one_that_was_accepted_is_not_counted(task: Counting) -> None:
    Path(task.shard.path).write_bytes(b"PAR1 another")
    with pytest.raises(ShardError, match=r"^landing/s/2001/s\.parquet has changed since it was accepted; run again$"):
        count_shard(task, GIVEN, None)
    Path(task.shard.path).unlink()
    with pytest.raises(ShardError, match="cannot be read where it is counted"):
        count_shard(task, GIVEN, None)


def test_counts_add_up_in_any_order_and_have_room() -> None:
    counts = [("a", 1, 2**99, 5), ("b", 2, 1, 7), ("a", 4, 2**99, 3), (None, 8, 0, 1), (None, 16, 0, 2)]
    found = set()
    for rows in itertools.permutations(counts):
        values = ", ".join(f"({'null' if k is None else repr(k)}, {n}, {s}::hugeint, {w})" for k, n, s, w in rows)
        with duckdb.connect() as con:
            con.execute("create table c as select * from (values " + values + ") as c(code, n, sum_x, smallest_w)")
            found.add(tuple(sorted(con.execute(added(con, "select * from c")).fetchall(), key=str)))
    assert found == {(("a", 5, 2**100, 3), ("b", 2, 1, 7), (None, 24, 0, 1))}


def test_whole_numbers_of_128_bits_survive_parquet() -> None:
    with duckdb.connect() as con:
        content = as_parquet(con, f"select {HUGE + 1}::hugeint as sum_x, 'a' as code")
        con.register("stored", from_parquet(content))
        assert con.execute(added(con, "select * from stored")).fetchall() == [(HUGE + 1, "a")]


@pytest.mark.parametrize(
    ("column", "function"),
    [("n", "sum"), ("n_with_size", "sum"), ("sum_weight_units", "sum"), ("smallest_size", "min"),
     ("largest_weight", "max"), ("number", ""), ("code", ""), ("questions", ""), ("sumo", "")],
)  # fmt: skip
def test_the_name_of_a_column_says_how_it_is_added(column: str, function: str) -> None:
    assert how_added(column) == function


def test_counts_follow_from_the_shard_the_sql_the_tables_and_nothing_else(task: Counting) -> None:
    here = fingerprint(task, GIVEN)
    elsewhere = Counting(dataclasses.replace(task.shard, path="/elsewhere", file_name="s/2001/t.parquet"), task.tables)
    assert fingerprint(elsewhere, GIVEN) == here
    other_survey = dataclasses.replace(GIVEN, of={**GIVEN.of, ("t", ""): ()})
    assert fingerprint(task, other_survey) == here
    others = [
        fingerprint(Counting(dataclasses.replace(task.shard, sha256="0" * 64), task.tables), GIVEN),
        fingerprint(
            Counting(dataclasses.replace(task.shard, cells=CELLS.format("P")), task.tables),
            GIVEN,
        ),
        fingerprint(Counting(task.shard, {"build.harmonised.sizes": b"other"}), GIVEN),
        fingerprint(task, dataclasses.replace(GIVEN, of={("s", ""): ROWS[:-1]})),
    ]
    assert len({here, *others}) == 1 + len(others)


def test_what_is_kept_is_for_the_owner_alone_and_goes_with_its_shard(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "shards" / "cells")
    kept.put("one", b"1")
    kept.put("two", b"2")
    assert (kept.path("one").stat().st_mode & 0o777, kept.path("one").parent.stat().st_mode & 0o777) == (0o600, 0o700)
    kept.keep_only(["two"])
    assert [path.name for path in kept.path("two").parent.iterdir()] == ["two.parquet"]


@pytest.mark.parametrize("left", [0, 3, -1])
def test_what_is_kept_and_was_damaged_is_not_there(tmp_path: Path, left: int) -> None:
    kept = Kept(tmp_path / "shards" / "cells")
    assert not kept.has("one")
    with duckdb.connect() as con:
        content = as_parquet(con, "select 1 as n")
    kept.put("one", content)
    assert kept.has("one")
    kept.path("one").write_bytes(content[:left])
    assert not kept.has("one")
    kept.put("one", content)
    assert kept.has("one")


def test_statements_run_in_their_order_under_the_settings_of_the_session() -> None:
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as build")
        con.execute("use build")
        con.execute("set perfect_ht_threshold = 9")
        found = read_statements(con, [("s", "", 2, COUNTS, "b", "select 2"), ("s", "", 1, SHARD, "a", "select 1")])
    assert [statement.name for statement in found.of["s", ""]] == ["a", "b"]
    assert (found.catalog, found.settings) == ("build", {"perfect_ht_threshold": "9"})


def test_a_row_of_a_shard_has_its_number_and_text_under_the_names_of_the_codebook(shard: Shard) -> None:
    with duckdb.connect() as con:
        assert con.execute(rows_of(shard, 4, 2)).fetchall() == [(2001, 5, "1"), (2001, 6, "2")]


def test_shards_are_read_below_landing_in_the_order_of_their_names(tmp_path: Path) -> None:
    rows = [("s", 2001, "", f"s/2001/{name}", "0", 1, "1 as row_number") for name in ("b.parquet", "a.parquet")]
    assert [shard.path for shard in read_shards(rows, tmp_path)] == [
        str(tmp_path / "s/2001" / name) for name in ("a.parquet", "b.parquet")
    ]


def test_progress_tells_what_was_counted_taken_and_tried_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Settings(tmp_path).shards
    with Progress(folder, DESIGN, 5, 2) as progress:
        progress.tell_done(0)
        progress.tell_done(1)
    assert capsys.readouterr().out.startswith(f"{MARK}{DESIGN}: 2 of 2 counted, 3 taken from before, 1 tried again (")
    assert numbers_of(folder, DESIGN) == {"shards": 5, "counted": 2, "from_before": 3, "tried_again": 1}
    with Progress(folder, DESIGN, 0, 0):
        pass
    assert numbers_of(folder, DESIGN) == {}
