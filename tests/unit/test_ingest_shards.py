"""Shards are judged where they lie: each by itself, and all together; the wave is taken whole or not at all.

Not here: what a Parquet file shares with other formats (test_ingest_formats, test_faults), and counting (dbt_project).
"""

import json
import shutil
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.common.seeds import read_seed
from pipelines.ingest import (
    codebook,
    corrections,
    parquet_reader,
    raw_shards,
    shard_duckdb,
    shard_sql,
    shards,
)
from pipelines.ingest.assets import rows_in_shards
from pipelines.ingest.check import judge_places, judgement_lines, places_at
from pipelines.ingest.findings import NOT_SHOWN, Finding, Findings
from pipelines.ingest.load import Outcome
from pipelines.ingest.text import BLANKS, canonical, number_text
from pipelines.ingest.values import is_numeric
from pipelines.scale.local import LocalRunner
from pipelines.scale.tasks import TRIES
from tests.unit.extracts import MONDAY, TUESDAY, Landing, itip_extract
from tests.unit.formats import Table, innbygger_table, kommune_table
from tests.unit.shards import FOLDER, SECOND, Shards, judge_or_die, respondents, spoil_last_group

pytestmark = pytest.mark.slow  # each test loads: a tenth of a second or more

FIRST, THIRD = "part-0.parquet", "part-2.parquet"
PER_GROUP, N_GROUPED = 2_048, 5_000  # rows: a vector of DuckDB's, and a few of them


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "data")


@pytest.fixture
def files(landing: Landing) -> Shards:
    return Shards.of(landing.path)


def ingested(landing: Landing, when: Any = TUESDAY) -> Outcome:
    (outcome,) = landing.ingest(when).outcomes
    return outcome


def only(outcome: Outcome) -> Finding:
    assert outcome.status == "quarantined", outcome.message
    (finding,) = outcome.findings
    assert finding.remedy
    return finding


def test_shards_are_read_where_they_lie_and_not_copied(landing: Landing, files: Shards) -> None:
    outcome = ingested(landing)
    assert (outcome.status, outcome.n_rows, outcome.file) == ("loaded", 120, FOLDER), outcome.message
    assert "3 files, 120 rows, read where they lie; 3 judged, 0 as judged before" in outcome.message
    assert landing.rows("select count(*) from raw.dfo_innbygger") == [(0,)]
    assert landing.rows("select wave, count(*), count(distinct sha256) from raw.dfo_innbygger_shards group by all") == [
        (2021, 120, 3)
    ]
    numbers = "select min(row_number), max(row_number), count(distinct row_number) from raw.dfo_innbygger_shards"
    assert landing.rows(numbers) == [(1, 120, 120)]
    logged = "select file_name, n_rows, n_columns, reader, encoding from raw.extract_load order by all"
    n_columns = files.tables[FIRST].num_columns
    assert landing.rows(logged) == [(f"{FOLDER}/{n}", 40, n_columns, "parquet", "parquet") for n in files.tables]
    ((names,),) = landing.rows(f"select columns from raw.shard where file_name = '{FOLDER}/{FIRST}'")
    assert json.loads(names) == {name: name for name in files.tables[FIRST].column_names if name != "respondent_id"}


def test_no_id_of_a_respondent_is_kept_anywhere(landing: Landing, files: Shards) -> None:
    ingested(landing)
    assert landing.rows("select distinct respondent_id from raw.dfo_innbygger_shards") == [(None,)]
    database = landing.keep().database
    assert [path for path in landing.settings.work.rglob("*") if path.is_file()] == []
    assert b"r0000001" not in database.read_bytes()


@pytest.mark.parametrize(
    ("column", "values", "texts"),
    [
        ("alder", pa.array([16, 17, 18], pa.uint8()), ["16", "17", "18"]),
        ("alder", pa.array([16.0, 17.0, 18.0], pa.float32()), ["16", "17", "18"]),
        ("alder", pa.array([Decimal("16.00"), Decimal("17.00"), Decimal("18.00")]), ["16", "17", "18"]),
        ("alder", pa.array(["16", " 17 ", "18"], pa.large_string()), ["16", " 17 ", "18"]),
        ("vekt", pa.array([0.1, 1.0, float("nan")]), ["0.1", "1", ""]),
        ("vekt", pa.array([Decimal("0.50"), Decimal("10.00"), None]), ["0.5", "10", ""]),
        ("vekt", pa.array([0.5, 2.0, 0.25], pa.float32()), ["0.5", "2", "0.25"]),
        ("stratum", pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"]),
        ("stratum", pa.array(["\u200bÅ", "A\u030a\u00a0", None]), ["Å", "Å", ""]),
        ("utdanning", pa.nulls(3), ["", "", ""]),
    ],
)
def test_typed_cells_are_the_text_that_the_codebook_means(
    landing: Landing, column: str, values: pa.Array, texts: list[str]
) -> None:
    made = Shards(landing.path, {FIRST: respondents(3)}).put(FIRST, column, values)
    if column == "stratum":
        made.put(FIRST, "stratum_n", pa.nulls(3, pa.int32()))
    outcome = ingested(landing)
    assert outcome.status == "loaded", outcome.message
    query = f"select {column} from raw.dfo_innbygger_shards order by row_number"
    assert [text for (text,) in landing.rows(query)] == texts


@given(
    st.lists(
        st.text(st.sampled_from("aåÅé \u00a0\t\x1c\x85\u3000\u200b\ufeffe\u0301A\u030a!~\u202e"), max_size=7),
        max_size=40,
    )
)
def test_sql_gives_text_the_form_that_it_has_in_all_formats(texts: list[str]) -> None:
    found = in_sql(pa.array(texts, pa.string()), shard_sql.canonical("x"))
    assert found == [canonical(text) for text in texts]


@given(st.lists(st.floats(width=64) | st.integers(-(2**60), 2**60).map(float), max_size=40))
def test_sql_writes_numbers_as_all_formats_do(numbers: list[float]) -> None:
    found = in_sql(pa.array(numbers, pa.float64()), shard_sql.cell("x", "DOUBLE"))
    assert found == [number_text(number) for number in numbers]


def in_sql(cells: pa.Array, expression: str) -> list[str]:
    delivered = pa.table({"x": cells})
    with duckdb.connect() as con:
        con.register("delivered", delivered)
        return [text for (text,) in con.execute(f"select {expression} from delivered as shard").fetchall()]


def test_blanks_are_those_that_python_strips() -> None:
    assert {chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()} == set(BLANKS)


def test_shards_may_hold_a_column_as_different_types_and_in_another_order(landing: Landing, files: Shards) -> None:
    files.put(SECOND, "alder", files.tables[SECOND]["alder"].cast(pa.float64()).combine_chunks())
    files.put(THIRD, "alder", files.tables[THIRD]["alder"].cast(pa.string()).combine_chunks())
    files.tables[THIRD] = files.tables[THIRD].select(files.tables[THIRD].column_names[::-1])
    files.write(THIRD)
    assert ingested(landing).status == "loaded"
    ages = [str(age) for name in files.tables for age in files.tables[name]["alder"].cast(pa.int64()).to_pylist()]
    query = "select alder from raw.dfo_innbygger_shards s join raw.shard using (sha256) order by file_name, row_number"
    assert [text for (text,) in landing.rows(query)] == [age.removesuffix(".0") for age in ages]


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("q_personvern", 11, "code_not_in_frame"),
        ("alder", 12, "integer_range"),
        ("kommunenr", 101, "kommunenr_not_valid"),
        ("vekt", -1.0, "negative_number"),
        ("vekt", float("inf"), "number"),
        ("respondent_id", None, "missing_value"),
        ("respondent_id", "", "missing_value"),
        ("kommunenr", None, "missing_value"),
    ],
)
def test_a_wrong_cell_refuses_the_whole_wave_with_shard_row_and_column(
    landing: Landing, files: Shards, column: str, value: Any, rule: str
) -> None:
    must = {name for name, c in ((c.name, c) for c in codebook.columns("dfo_innbygger", 2021)) if c.must_be_filled}
    finding_is_due = rule != "missing_value" or column in must
    files.set(SECOND, 7, column, value)
    outcome = ingested(landing)
    if not finding_is_due:
        assert outcome.status == "loaded", outcome.message
        return
    found = only(outcome)
    assert (found.rule, found.file, found.row, found.column) == (rule, f"{FOLDER}/{SECOND}", 7, column)
    assert landing.rows("select count(*) from raw.shard") == [(0,)]
    assert landing.rows("select count(*) from raw.dfo_innbygger_shards") == [(0,)]
    (report, total) = landing.report(FOLDER)
    assert (report["file"], report["row"], total["value"]) == (f"{FOLDER}/{SECOND}", "7", "1")


def test_a_weight_that_is_missing_is_not_in_the_design_as_in_any_format(landing: Landing, files: Shards) -> None:
    files.set(SECOND, 3, "vekt", None).set(SECOND, 4, "vekt", 0.0)
    assert ingested(landing).status == "loaded"
    files.tables[THIRD] = files.tables[THIRD].drop_columns(["vekt"])
    files.write(THIRD)
    found = ingested(landing).findings
    assert {(f.rule, f.file, f.column) for f in found} == {
        ("missing_column", f"{FOLDER}/{THIRD}", "vekt"), ("shard_columns", f"{FOLDER}/{THIRD}", "vekt")
    }  # fmt: skip


def test_the_same_respondent_in_two_shards_and_twice_in_one_is_found(landing: Landing, files: Shards) -> None:
    files.set(THIRD, 5, "respondent_id", "r00000011").set(SECOND, 9, "respondent_id", " r00000041\u200b")
    first, second = ingested(landing).findings
    assert (first.rule, first.file, first.row, first.problem) == (
        "duplicate_key", f"{FOLDER}/{SECOND}", 9, "row 2 has the same key"
    )  # fmt: skip
    assert (second.file, second.row, second.problem) == (
        f"{FOLDER}/{THIRD}", 5, f"row 12 of {FOLDER}/{FIRST} has the same key"
    )  # fmt: skip
    assert {first.value, second.value} == {NOT_SHOWN}


def test_ids_that_differ_by_case_are_warned_of_across_shards(landing: Landing, files: Shards) -> None:
    files.set(THIRD, 5, "respondent_id", "R00000011")
    (warned,) = ingested(landing).warnings
    assert (warned.rule, warned.file) == ("two_spellings", FOLDER)
    assert warned.problem == "1 values of respondent_id are like another one but for case or form"


def test_a_kommune_twice_is_named_and_may_be_in_two_shards(landing: Landing) -> None:
    whole = kommune_table()
    for name, rows in (("a", whole.rows[:3]), ("b", [*whole.rows[3:], whole.rows[0]])):
        part = kommune_table()
        part.rows = rows
        part.write(landing.path, "parquet", name)
    found = only(ingested(landing))
    assert (found.rule, found.file, found.row, found.value) == (
        "duplicate_key", "ssb_kommune/2022/b.parquet", 3, "0301"
    )  # fmt: skip
    assert found.problem == "row 1 of ssb_kommune/2022/a.parquet has the same key"


def test_more_repeated_keys_than_are_listed_are_counted(landing: Landing, files: Shards) -> None:
    files.tables = {FIRST: respondents(700), SECOND: respondents(700), THIRD: respondents(700)}
    for number, name in enumerate(files.tables):
        files.put(name, "alder", pa.array([20 + number] * 700, pa.int8()))
    outcome = ingested(landing)
    assert (outcome.n_findings, len(outcome.findings)) == (1_400, 1_000)
    assert {finding.rule for finding in outcome.findings} == {"duplicate_key"}


def test_what_is_odd_of_a_wave_is_told_of_all_its_shards_together(landing: Landing, files: Shards) -> None:
    files.put(FIRST, "stratum", ["Nord"] * 40).put(SECOND, "stratum", ["nord"] * 40).put(THIRD, "stratum", ["b"] * 40)
    for name in files.tables:
        files.put(name, "stratum_n", pa.array([30] * 40, pa.int32()))
    outcome = ingested(landing)
    assert only(outcome).rule == "stratum_size"
    assert only(outcome).problem == "3 strata with more respondents than people: the first has 40, and stratum_n 30"
    for name in files.tables:
        files.put(name, "stratum_n", pa.array([1_500_000] * 40, pa.int32()))
    files.set(SECOND, 1, "vekt", 900.0)
    rules = [(warned.rule, warned.file) for warned in ingested(landing).warnings]
    assert rules == [("two_spellings", FOLDER), ("weights", FOLDER)]


def test_an_unchanged_shard_is_not_judged_again_and_a_changed_one_is(
    landing: Landing, files: Shards, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingested(landing, MONDAY)
    read: list[str] = []
    whole = shards.readers.read
    monkeypatch.setattr(shards.readers, "read", lambda path, *rest: read.append(path.name) or whole(path, *rest))
    assert ingested(landing).status == "unchanged"
    files.set(SECOND, 1, "alder", 44)
    outcome = ingested(landing)
    assert (outcome.status, read) == ("loaded", [SECOND])
    assert "1 judged, 2 as judged before" in outcome.message
    files.set(SECOND, 1, "respondent_id", "r00000099")  # of the third, of which nothing but its keys is read
    assert only(ingested(landing)).problem == f"row 1 of {FOLDER}/{SECOND} has the same key"
    files.set(SECOND, 1, "respondent_id", "r00000040")
    assert ingested(landing).status == "loaded"


def test_a_warning_of_an_unchanged_shard_stays(landing: Landing, files: Shards) -> None:
    ids = [str(number) for number in range(40)]
    files.put(FIRST, "respondent_id", [*ids[:39], "Totalt"])
    for _ in range(2):
        (warned,) = ingested(landing).warnings
        assert (warned.rule, warned.file) == ("totals_row", f"{FOLDER}/{FIRST}")
        assert warned.problem.startswith("row 40: ")
        files.set(SECOND, 1, "alder", 45)


def test_a_refused_change_takes_what_lies_there_no_more_out_of_use(landing: Landing, files: Shards) -> None:
    ingested(landing, MONDAY)
    before = files.path(SECOND).read_bytes()
    files.set(SECOND, 1, "alder", 12)
    outcome = ingested(landing)
    assert outcome.status == "quarantined" and outcome.n_rows == 0
    assert "no copy of them is kept: nothing of it is in use" in outcome.message
    assert landing.rows("select count(*) from raw.dfo_innbygger_shards") == [(0,)]
    files.path(SECOND).write_bytes(before)
    assert ingested(landing).status == "loaded"
    files.tables["part-9.parquet"] = respondents(5, 900)
    files.write("part-9.parquet")
    files.set("part-9.parquet", 1, "alder", 12)
    outcome = ingested(landing)
    assert outcome.status == "quarantined" and "stays in use" in outcome.message
    assert landing.rows("select count(*) from raw.dfo_innbygger_shards") == [(120,)]


def test_renamed_and_removed_shards(landing: Landing, files: Shards) -> None:
    ingested(landing, MONDAY)
    files.path(SECOND).rename(files.path("a.parquet"))
    assert ingested(landing).status == "unchanged"
    assert landing.rows("select count(*) from raw.dfo_innbygger_shards") == [(120,)]
    files.path(FIRST).unlink()
    outcome = ingested(landing)
    assert (outcome.status, outcome.n_rows) == ("loaded", 80)
    assert [w.problem for w in outcome.warnings] == ["80 rows in place of 120 of the delivery before"]
    shutil.rmtree(files.path(""))
    assert ingested(landing).status == "removed"
    assert landing.rows("select count(*) from raw.dfo_innbygger_shards") == [(0,)]


def test_shards_beside_files_of_other_formats_are_refused(landing: Landing, files: Shards) -> None:
    innbygger_table().write(landing.path, "sav")
    found = only(ingested(landing))
    assert (found.rule, found.problem) == ("mixed_formats", "the folder holds 3 .parquet files and 1 others")


def test_the_same_file_twice_is_refused(landing: Landing, files: Shards) -> None:
    shutil.copy(files.path(FIRST), files.path("copy.parquet"))
    found = ingested(landing).findings
    assert [f.file for f in found if f.rule == "repeated_table"] == [f"{FOLDER}/{FIRST}"]
    assert f"byte by byte, as {FOLDER}/copy.parquet" in next(f for f in found if f.rule == "repeated_table").problem


def test_what_spark_leaves_behind_is_overlooked(landing: Landing, files: Shards) -> None:
    files.path("_SUCCESS").touch()
    files.path(f".{FIRST}.crc").write_bytes(b"crc")
    assert ingested(landing).status == "loaded"


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def cut_in_the_middle(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:500] + content[900:])


def without_rows(file: Path) -> None:
    pq.write_table(pq.read_table(file).slice(0, 0), file)


def without_row_groups(file: Path) -> None:
    with pq.ParquetWriter(file, pq.read_schema(file)):
        pass


def is_text(file: Path) -> None:
    file.write_text("respondent_id;alder\n1;2\n", encoding="utf-8")


def is_encrypted(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(b"PARE" + content[4:-4] + b"PARE")


def with_bytes_for_text(file: Path) -> None:
    table = pq.read_table(file)
    wrong = pa.array([b"\xff\xfeab"] * len(table)).cast(pa.binary()).view(pa.string())
    pq.write_table(table.set_column(table.column_names.index("stratum"), "stratum", wrong), file)


def with_long_text(file: Path) -> None:
    table = pq.read_table(file)
    wrong = pa.array(["x" * 20_000] * len(table))
    pq.write_table(table.set_column(table.column_names.index("stratum"), "stratum", wrong), file)


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (cut, "truncated"),
        (cut_in_the_middle, "damaged"),
        (without_rows, "no_rows"),
        (without_row_groups, "no_rows"),
        (is_text, "file_type"),
        (is_encrypted, "file_type"),
        (lambda file: file.write_bytes(b""), "empty_file"),
        (with_bytes_for_text, "encoding"),
        (with_long_text, "too_large_unpacked"),
    ],
)
def test_a_file_that_is_no_whole_shard_is_refused(
    landing: Landing, files: Shards, spoil: Callable[[Path], object], rule: str
) -> None:
    spoil(files.path(SECOND))
    found = only(ingested(landing))
    assert (found.rule, found.file) == (rule, f"{FOLDER}/{SECOND}")


def in_groups(files: Shards, texts: list[str], data_type: pa.DataType | None = None) -> None:
    """Let the second shard have these in column stratum, in row groups of which DuckDB gives a batch each."""
    table = respondents(len(texts), 1_000)
    cells = pa.array(texts) if data_type is None else pa.array(texts, data_type).view(pa.string())
    files.tables[SECOND] = table.set_column(table.column_names.index("stratum"), "stratum", cells)
    files.write(SECOND, row_group_size=PER_GROUP, use_dictionary=False)


def long_at_the_end(files: Shards) -> None:
    in_groups(files, ["nord"] * (N_GROUPED - 1) + ["x" * 20_000])


def bytes_at_the_end(files: Shards) -> None:
    in_groups(files, [b"nord"] * (N_GROUPED - 1) + [b"\xff\xfe"], pa.binary())


def damaged_at_the_end(files: Shards) -> None:
    in_groups(files, ["nord"] * N_GROUPED)
    spoil_last_group(files.path(SECOND), "respondent_id")


def large_at_the_end(files: Shards) -> None:
    """In row groups that are read in little memory, but for the last."""
    in_groups(files, ["nord"] * N_GROUPED)
    small, large = files.tables[SECOND], respondents(20_000, 50_000)
    large = large.set_column(large.column_names.index("stratum"), "stratum", pa.array(["s" * 2_000] * 20_000))
    with pq.ParquetWriter(files.path(SECOND), small.schema, use_dictionary=False, data_page_size=2**30) as writer:
        writer.write_table(small, row_group_size=PER_GROUP)
        writer.write_table(large)


@pytest.mark.parametrize(
    ("deliver", "rule", "says"),
    [
        (long_at_the_end, "too_large_unpacked", "a cell holds more than 10,000 bytes"),
        (bytes_at_the_end, "encoding", "not UTF-8"),
        (damaged_at_the_end, "damaged", "the file is damaged"),
        (large_at_the_end, "too_large_unpacked", "the file takes more memory than a task has to read it (30MB)"),
    ],
)
def test_what_is_wrong_after_the_first_rows_is_told_as_at_the_first(
    landing: Landing,
    files: Shards,
    monkeypatch: pytest.MonkeyPatch,
    deliver: Callable[[Shards], None],
    rule: str,
    says: str,
) -> None:
    monkeypatch.setattr(parquet_reader, "CELLS_PER_CHUNK", PER_GROUP)
    monkeypatch.setitem(shard_duckdb.OPTIONS, "memory_limit", "30MB")
    deliver(files)
    found = only(ingested(landing))
    assert (found.rule, found.file) == (rule, f"{FOLDER}/{SECOND}")
    assert says in found.problem


def test_a_shard_judged_before_whose_later_rows_are_damaged_by_now_is_refused(
    landing: Landing, files: Shards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "ROWS_AT_A_TIME", PER_GROUP)
    in_groups(files, ["nord"] * N_GROUPED)
    assert ingested(landing).status == "loaded"
    (was,) = [shard for shard in raw_shards.shards(landing.con) if shard.file_name == f"{FOLDER}/{SECOND}"]
    spoil_last_group(files.path(SECOND), "respondent_id")
    task = shards.File(0, str(files.path(SECOND)), was.file_name, was)
    given_to_all = shards.Given(was.survey, was.wave, tmp_path, Findings(), 10**9)
    (found,) = shards.judge(task, given_to_all, "secret").findings
    assert (found.rule, found.file) == ("changed_meanwhile", was.file_name)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (pa.array([[1], [2]] * 20), "smallint[]"),
        (pa.array([{"a": 1}] * 40), "struct"),
        (pa.array([b"1"] * 40), "blob"),
        (pa.array([True, False] * 20), "boolean"),
        (pa.array([1] * 40, pa.date32()), "date"),
        (pa.array([1] * 40, pa.timestamp("us")), "timestamp"),
    ],
)
def test_column_of_another_type_is_refused(landing: Landing, files: Shards, values: pa.Array, says: str) -> None:
    if says == "smallint[]":
        values = values.cast(pa.list_(pa.int16()))
    files.put(SECOND, "q_personvern", values)
    found = only(ingested(landing))
    assert (found.rule, found.file, found.column) == ("cell_type", f"{FOLDER}/{SECOND}", "q_personvern")
    assert says in found.problem


def test_a_row_group_larger_than_the_limit_is_refused(
    landing: Landing, files: Shards, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Packed, it is small."""
    files.tables[SECOND] = respondents(60_000, 1_000).set_column(0, "respondent_id", pa.array(["a" * 90] * 60_000))
    files.write(SECOND, compression="zstd", use_dictionary=False)
    landing.settings = type(landing.settings)(landing.settings.data_dir, max_extract_bytes=1_500_000)
    found = [f for f in ingested(landing).findings if f.rule == "too_large_unpacked"]
    assert [f.file for f in found] == [f"{FOLDER}/{SECOND}"]
    assert "row group 1 unpacks to" in found[0].problem


def test_shard_of_another_table_is_refused(landing: Landing, files: Shards) -> None:
    files.tables[SECOND] = files.tables[SECOND].drop_columns(["q_personvern"]).append_column("extra", pa.nulls(40))
    files.write(SECOND)
    rules = {(finding.rule, finding.file, finding.column) for finding in ingested(landing).findings}
    assert ("unmapped_column", f"{FOLDER}/{SECOND}", "extra") in rules
    assert {rule for rule, *_ in rules} <= {"unmapped_column", "missing_column", "shard_columns"}


def test_a_column_that_only_some_shards_have_is_refused(landing: Landing) -> None:
    optional = next(c.name for c in codebook.columns("dfo_innbygger", 2021) if not c.is_required)
    files = Shards.of(landing.path)
    files.tables[SECOND] = files.tables[SECOND].drop_columns([optional])
    files.write(SECOND)
    found = only(ingested(landing))
    assert (found.rule, found.file, found.column) == ("shard_columns", f"{FOLDER}/{SECOND}", optional)
    assert f"{FOLDER}/{FIRST} has it" in found.problem


def deliver_tables(landing: Landing) -> dict[str, Table]:
    """Both tables of IT i praksis, a shard each."""
    made = {}
    for part, (header, *rows) in itip_extract(2021).sheets.items():
        numeric = {c.name for c in codebook.columns("itip", 2021, part) if is_numeric(c)}
        cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
        made[part] = Table("itip", 2021, header, cells, numeric)
        made[part].write(landing.path, "parquet", part)
    return made


def test_shards_of_one_of_two_tables_are_refused(landing: Landing) -> None:
    deliver_tables(landing)
    outcome = ingested(landing)
    assert (outcome.status, outcome.warnings) == ("loaded", []), outcome.message
    assert "2 files, 3 rows of innbygger, 5 rows of virksomhet" in outcome.message
    (landing.path / "itip" / "2021" / "innbygger.parquet").unlink()
    assert only(ingested(landing)).rule == "missing_table"


def test_a_label_that_nobody_knows_is_refused(landing: Landing) -> None:
    deliver_tables(landing)["virksomhet"].set(3, "sektor", "fylke").write(landing.path, "parquet", "virksomhet")
    found = only(ingested(landing))
    assert (found.rule, found.row, found.column) == ("label_not_in_frame", 3, "sektor")


def test_corrections_are_not_made_of_shards(landing: Landing, files: Shards, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"survey": "dfo_innbygger", "wave": "2021", "part": "", "row_number": "3", "column_name": "alder"}
    seed = [row | {"expected": "1", "corrected": "2", "reason": "x", "corrected_by": "y", "corrected_on": "z"}]
    for module in (corrections, codebook):
        monkeypatch.setattr(module, "read_seed", lambda name: seed if name == "correction" else read_seed(name))
    found = only(ingested(landing))
    assert (found.rule, found.file) == ("corrected_shards", FOLDER)


def test_check_judges_a_folder_as_a_run_does_and_leaves_nothing(landing: Landing, files: Shards) -> None:
    judged = judge_places(landing.settings, places_at(landing.path, None, None))
    assert [(j.file, j.status, j.rows) for j in judged] == [(f"{FOLDER}/{n}", "accepted", 40) for n in files.tables]
    assert not landing.settings.work.exists()
    files.set(SECOND, 7, "alder", 12)
    lines = [
        line for j in judge_places(landing.settings, places_at(landing.path, None, None)) for line in judgement_lines(j)
    ]
    assert [line for line in lines if "row 7, column alder, value '12'" in line]
    (one,) = judge_places(landing.settings, places_at(files.path(FIRST), None, None))
    assert one.is_accepted, one.findings


def test_many_bytes_are_judged_by_processes_with_the_same_words(
    landing: Landing, files: Shards, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.set(SECOND, 7, "alder", 12).set(THIRD, 5, "respondent_id", "r00000011").set(FIRST, 1, "stratum", "NORD")
    here = ingested(landing)
    monkeypatch.setattr(shards, "AT_ONCE", 0)
    there = ingested(landing)
    assert (there.findings, there.warnings) == (here.findings, here.warnings)
    assert len(there.findings) == 2
    assert LocalRunner(1).n_retried == 0


def test_dagster_shows_rows_wherever_they_lie(landing: Landing, files: Shards) -> None:
    ingested(landing)
    shown = {name: value.value for name, value in rows_in_shards(landing.con, "dfo_innbygger").items()}
    assert shown == {"dagster/row_count": 120, "rows_in_shards": 120, "shards": 3}
    assert rows_in_shards(landing.con, "ssb_kommune") == {}


def test_hashes_that_a_killed_run_left_are_removed(landing: Landing, files: Shards) -> None:
    left = landing.settings.work / f"{shards.LEFT}abc"
    left.mkdir(parents=True)
    (left / "respondent_id-0.parquet").write_bytes(b"hashes")
    assert ingested(landing).status == "loaded"
    assert list(landing.settings.work.iterdir()) == []


def test_a_shard_that_kills_whatever_reads_it_is_damaged_and_the_others_are_judged(
    landing: Landing, files: Shards, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.set(THIRD, 7, "alder", 12)
    monkeypatch.setattr(shards, "AT_ONCE", 0)
    monkeypatch.setattr(shards, "judge", judge_or_die)
    found = ingested(landing).findings
    assert [(f.rule, f.file) for f in found] == [
        ("damaged", f"{FOLDER}/{SECOND}"), ("integer_range", f"{FOLDER}/{THIRD}")
    ]  # fmt: skip
    assert found[0].problem == f"the file is damaged: what read it died {TRIES} times (SIGKILL)"
    assert "where memory is short, " in found[0].remedy


TOO_LITTLE = "the file takes more memory than a task has to read it ({})"


def test_a_shard_that_takes_too_much_memory_is_refused_with_what_to_do(
    landing: Landing, files: Shards, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So too where it was judged before, and is not changed."""
    ingested(landing, MONDAY)
    files.set(SECOND, 1, "alder", 44)
    monkeypatch.setitem(shard_duckdb.OPTIONS, "memory_limit", "1KB")
    found = ingested(landing).findings
    assert {(f.rule, f.file) for f in found} == {("too_large_unpacked", f"{FOLDER}/{name}") for name in files.tables}
    assert found[0].problem == TOO_LITTLE.format("1KB")
    assert found[0].remedy == "write it in row groups of 100,000 rows or fewer, or in several files"


@pytest.mark.parametrize("is_judged_before", [False, True])
def test_a_shard_whose_keys_take_too_much_memory_is_refused_with_the_memory_that_there_was(
    landing: Landing, files: Shards, monkeypatch: pytest.MonkeyPatch, is_judged_before: bool
) -> None:
    """Its rows are read in half as much."""
    files.tables[SECOND] = respondents(20_000, 1_000)
    files.put(SECOND, "respondent_id", pa.array([f"{'r' * 2_000}{number:08}" for number in range(20_000)]))
    if is_judged_before:
        assert ingested(landing, MONDAY).status == "loaded"
        files.set(FIRST, 1, "alder", 44)
    monkeypatch.setitem(shard_duckdb.OPTIONS, "memory_limit", "40MB")
    found = only(ingested(landing))
    assert (found.rule, found.file) == ("too_large_unpacked", f"{FOLDER}/{SECOND}")
    assert found.problem == TOO_LITTLE.format("40MB")
