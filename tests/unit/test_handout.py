"""CSV, workbook and JSON-stat of a release say what its tables say, whatever stands in a cell, in any program.

Not here: the tables of the sample (integration/test_handout_of_release.py).
"""

from __future__ import annotations

import gzip
import json
import math
import os
import re
import subprocess
import time
import zipfile
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from python_calamine import CalamineWorkbook

from pipelines.common.contracts import Contract
from pipelines.common.published import published_only
from pipelines.common.seeds import read_seed
from pipelines.publish import csv_files, handout, workbook
from pipelines.publish import tables as written
from pipelines.publish.csv_files import BOM, write_csv_files
from pipelines.publish.handout import write_handout
from pipelines.publish.json_stat import dataset, write_json_stat
from pipelines.publish.workbook import WORKBOOK, chosen_sheets, write_workbook
from tests.handout import CUBE, cells_of_sheet, found_again, in_pandas, json_stat, rows_of

HARD_TEXTS = ['æøå; "sitat", komma', "=1+1", "to\nlinjer", "", None, "0301", "  blank  ", "NA", "1,5", "-", "TRUE"]
HARD_NUMBERS = [0.1, -2.5, 1e-17, 123456789.125, 1 / 3, None, 0.0, 1e22, 6.072905896812045, -0.0, 1.0]


def column(values: list, data_type: pa.DataType) -> pa.Array:
    return pa.array(values, data_type)


# What is hard to write in a CSV, under names that no sheet asks for.
HARD = pa.table(
    {
        "kommunenr": column([f"{n:04}" for n in range(11)], pa.string()),
        "text": column(HARD_TEXTS, pa.string()),
        "number": column(HARD_NUMBERS, pa.float64()),
        "n": column([None, *range(10)], pa.int32()),
        "is_so": column([True, False, None] * 3 + [True, True], pa.bool_()),
        "at": column([datetime(2026, 3, 2, 8, 30, n) for n in range(11)], pa.timestamp("us")),
    }
)


def estimates(hidden: bool = False) -> pa.Table:
    """Two questions, two categories, two waves, of which one cell has no row; one row is hidden, if so."""
    rows = [
        {
            "survey": "s",
            "wave": wave,
            "population": "alle",
            "population_nb": "Alle",
            "population_en": "All",
            "question_id": f"q{q}",
            "question_no": 3 - q,
            "question_nb": f"Spørsmål {q}",
            "question_en": f"Question {q}",
            "statistic": "share" if q == 1 else "mean",
            "answer": "01" if q == 1 else None,
            "answer_no": 1 if q == 1 else None,
            "answer_nb": "Ja" if q == 1 else None,
            "answer_en": "Yes" if q == 1 else None,
            "breakdown": "all" if c == "all" else "kjonn",
            "breakdown_no": 1 if c == "all" else 2,
            "breakdown_nb": "Alle" if c == "all" else "Kjønn",
            "breakdown_en": "All" if c == "all" else "Sex",
            "category": c,
            "category_no": 1,
            "category_nb": c,
            "category_en": c,
            "scale": "share" if q == 1 else "0-10",
            "estimate": 0.25 * q + wave / 10_000 + len(c) / 1_000,
            "ci_lower": 0.2,
            "ci_upper": None if q == 2 else 0.3,
            "n_answers": 100 + q,
            "interpretation_nb": None,
            "interpretation_en": None,
            "uncertainty_flag": "*",
            "comparable_with_previous": None,
            "is_suppressed": False,
            "is_synthetic": True,
        }
        for wave in (2018, 2022)
        for q in (1, 2)
        for c in ("all", "kvinne")
    ][1:]
    if hidden:
        rows[-1] |= dict.fromkeys(("estimate", "ci_lower", "ci_upper", "n_answers")) | {"is_suppressed": True}
    types = {"wave": pa.int32(), "n_answers": pa.int32(), "ci_upper": pa.float64(), "interpretation_nb": pa.string()}
    types |= {"interpretation_en": pa.string(), "comparable_with_previous": pa.bool_()}
    table = pa.table({name: pa.array([row[name] for row in rows], types.get(name)) for name in rows[0]})
    place = table.column_names.index("estimate")
    return table.set_column(place, pa.field("estimate", pa.float64(), metadata={"unit": "scale"}), table["estimate"])


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A folder with all files of two tables."""
    write_handout(tmp_path, {"hard": HARD, "survey_estimates": estimates()}, True, "abcdef12")
    return tmp_path


# CSV


def test_csv_for_programs_is_the_table_in_pandas(release: Path) -> None:
    assert in_pandas(release / "csv/hard.csv.gz", HARD) == rows_of(HARD)


def test_csv_for_excel_is_the_table_in_pandas(release: Path) -> None:
    path = release / "excel/hard.csv"
    assert in_pandas(path, HARD, sep=";", decimal=",", encoding="utf-8-sig") == rows_of(HARD)
    assert path.read_bytes().startswith(BOM)
    assert "0,3333333333333333" in path.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("name", ["csv/hard.csv.gz", "excel/hard.csv"])
def test_duckdb_tells_null_from_empty_text(release: Path, name: str) -> None:
    separators = ", delim = ';', decimal_separator = ','" if name.startswith("excel") else ""
    types = {"kommunenr": "varchar", "text": "varchar", "number": "double", "n": "integer", "is_so": "boolean"}
    columns = {**types, "at": "timestamp"}
    options = f"header = true, columns = {columns}, allow_quoted_nulls = false, quote = '\"'{separators}"
    with duckdb.connect() as con:
        read = con.execute(f"from read_csv(?, {options})", [str(release / name)]).fetchall()
    assert read == [tuple(row.values()) for row in HARD.to_pylist()]


@pytest.mark.parametrize("name", ["csv/hard.csv.gz", "excel/hard.csv"])
def test_csv_is_the_table_in_polars(release: Path, name: str) -> None:
    path, is_excel = release / name, name.startswith("excel")
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    schema = {"kommunenr": pl.String, "text": pl.String, "number": pl.Float64, "n": pl.Int32, "is_so": pl.Boolean}
    read = pl.read_csv(
        content,
        separator=";" if is_excel else ",",
        decimal_comma=is_excel,
        schema_overrides=schema,
        try_parse_dates=True,
    )
    assert read.columns == HARD.column_names
    assert [tuple(None if cell == "" else cell for cell in row) for row in read.rows()] == rows_of(HARD)


@pytest.mark.r
@pytest.mark.slow
def test_csv_for_excel_is_the_table_in_r(release: Path) -> None:
    script = """
    read <- read.csv2(commandArgs(TRUE), fileEncoding = "UTF-8-BOM", na.strings = "",
        colClasses = c(kommunenr = "character", text = "character"))
    cat(jsonlite::toJSON(read[, c("kommunenr", "text", "number", "n")], digits = NA, na = "null", dataframe = "values"))
    """
    command = ["Rscript", "-e", script, str(release / "excel/hard.csv")]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    for row, expected in zip(json.loads(done.stdout), rows_of(HARD), strict=True):
        assert row[:2] == list(expected[:2])
        for read, value in zip(row[2:], expected[2:4], strict=True):
            assert read is None if value is None else read == pytest.approx(value, rel=1e-14)


@pytest.mark.libreoffice
@pytest.mark.slow
def test_csv_for_excel_and_workbook_open_in_libreoffice(release: Path, tmp_path: Path) -> None:
    profile, out = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", tmp_path / "out"
    # Semicolon, double quotes, UTF-8, from line 1, two columns as text, Norwegian, quoted numbers are numbers.
    as_csv = "--infilter=CSV:59,34,76,1,1/2/2/2,1044,false,true"
    start = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(out)]
    for arguments in ([as_csv, str(release / "excel/hard.csv")], [str(release / WORKBOOK)]):
        subprocess.run([*start, *arguments], check=True, capture_output=True, timeout=180)
    _, *lines = CalamineWorkbook.from_path(str(out / "hard.xlsx")).get_sheet_by_index(0).to_python()
    assert [line[0] for line in lines] == HARD["kommunenr"].to_pylist()
    for line, number in zip(lines, HARD_NUMBERS, strict=True):
        assert line[2] == ("" if number is None else pytest.approx(number, rel=1e-14))
    (sheet,) = chosen_sheets({"survey_estimates": estimates()})
    _, rows = cells_of_sheet(CalamineWorkbook.from_path(str(out / WORKBOOK)), sheet)
    # It writes fifteen digits of a number.
    for row, expected in zip(rows, rows_of(sheet.table), strict=True):
        assert row == tuple(pytest.approx(v, rel=1e-14) if isinstance(v, float) else v for v in expected)


def test_large_file_is_compressed_and_one_with_too_many_rows_has_no_form_for_excel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(written, "MOST_PLAIN_BYTES", 200)
    monkeypatch.setattr(csv_files, "MOST_EXCEL_ROWS", HARD.num_rows)
    tables = {"hard": HARD, "one": HARD.slice(0, 1), "long": pa.concat_tables([HARD, HARD])}
    write_csv_files(tmp_path, tables)
    found = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*"))
    assert found == ["csv/hard.csv.gz", "csv/long.csv.gz", "csv/one.csv.gz", "excel/hard.csv.gz", "excel/one.csv"]
    form = {"sep": ";", "decimal": ",", "encoding": "utf-8-sig"}
    assert in_pandas(tmp_path / "excel/hard.csv.gz", HARD, **form) == rows_of(HARD)


def test_table_without_rows_has_its_header(tmp_path: Path) -> None:
    tables = {"survey_estimates": estimates().slice(0, 0)}
    write_handout(tmp_path, tables, False, "")
    header = ",".join(f'"{name}"' for name in estimates().column_names)
    assert gzip.decompress((tmp_path / "csv/survey_estimates.csv.gz").read_bytes()).decode() == f"{header}\n"
    (sheet,) = chosen_sheets(tables)
    columns, rows = cells_of_sheet(CalamineWorkbook.from_path(str(tmp_path / WORKBOOK)), sheet)
    assert (columns, rows) == (sheet.table.column_names, [])


# The workbook


def test_sheet_shows_its_rows_with_numbers_as_numbers_and_text_as_text(release: Path) -> None:
    (sheet,) = chosen_sheets({"survey_estimates": estimates()})
    columns, rows = cells_of_sheet(CalamineWorkbook.from_path(str(release / WORKBOOK)), sheet)
    assert columns == sheet.table.column_names
    assert rows == rows_of(sheet.table)
    assert {row[columns.index("wave")] for row in rows} == {2018, 2022}
    assert len(rows) == sum(category == "all" for category in estimates()["category"].to_pylist())


def test_kommunenr_keeps_its_zero_in_a_sheet(tmp_path: Path) -> None:
    names = next(row["columns_shown"] for row in read_seed("workbook_sheet") if row["table_name"] == "fylke_indicators")
    table = pa.table({name: ["03"] for name in names.split()} | {"division_year": [2024]})
    write_workbook(tmp_path / WORKBOOK, {"fylke_indicators": table}, False, "")
    (sheet,) = chosen_sheets({"fylke_indicators": table})
    _, ((first, *_),) = cells_of_sheet(CalamineWorkbook.from_path(str(tmp_path / WORKBOOK)), sheet)
    assert first == "03"


def part(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode("utf-8")


def test_sheet_has_a_frozen_header_a_filter_and_formats(release: Path) -> None:
    page = part(release / WORKBOOK, "xl/worksheets/sheet3.xml")
    assert re.search(r'<pane ySplit="4" topLeftCell="A5"[^>]*state="frozen"', page)
    (last,) = re.findall(r'<autoFilter ref="A4:([A-Z]+)7"', page)
    assert last == "U"  # 21 columns
    styles = part(release / WORKBOOK, "xl/styles.xml")
    assert 'formatCode="0.0%"' in styles


def test_contents_link_to_sheets_and_name_what_is_in_none(release: Path) -> None:
    links = part(release / WORKBOOK, "xl/worksheets/sheet1.xml")
    assert "'Resultater'!A1" in links
    lines = CalamineWorkbook.from_path(str(release / WORKBOOK)).get_sheet_by_name("Innhold").to_python()
    named = {line[3]: (line[0], line[4], line[5]) for line in lines if line[3]}
    assert named["survey_estimates"] == ("Resultater", 3, 7)
    assert named["hard"] == ("", 0, 11)


@pytest.mark.parametrize("is_synthetic", [True, False])
def test_workbook_and_json_stat_say_that_they_are_synthetic_where_they_are(tmp_path: Path, is_synthetic: bool) -> None:
    table = estimates()
    place = table.column_names.index("is_synthetic")
    table = table.set_column(place, "is_synthetic", pa.array([is_synthetic] * table.num_rows))
    write_handout(tmp_path, {"survey_estimates": table}, is_synthetic, "")
    book = CalamineWorkbook.from_path(str(tmp_path / WORKBOOK))
    for name in ("Innhold", "Merknader", "Resultater"):
        said = str(book.get_sheet_by_name(name).to_python()[:4]).upper()
        assert ("SYNTETISK" in said) is is_synthetic, name
    made = json_stat(tmp_path / "json-stat/survey_estimates_s.json")
    assert made["extension"]["is_synthetic"] is is_synthetic
    assert made["label"].startswith("SYNTETISK") is is_synthetic


def test_sheet_of_a_column_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"workbook_sheet\.csv, sheet Resultater: survey_estimates has no column wave"):
        chosen_sheets({"survey_estimates": estimates().drop_columns(["wave"])})


def test_seed_names_published_tables_and_their_columns(contracts: dict[str, Contract]) -> None:
    empty = {name: contract.arrow_schema.empty_table() for name, contract in published_only(contracts).items()}
    sheets = chosen_sheets(empty)
    assert [sheet.name for sheet in sheets] == [row["sheet"] for row in read_seed("workbook_sheet")]
    assert all(len(sheet.name) <= 31 and not set(sheet.name) & set("[]:*?/\\'") for sheet in sheets)


def test_text_longer_than_a_cell_is_cut(tmp_path: Path) -> None:
    (sheet,) = chosen_sheets({"survey_estimates": estimates()})
    long = estimates().set_column(0, "survey", pa.array(["x" * (workbook.LONGEST_TEXT + 1)] * 7))
    write_workbook(tmp_path / WORKBOOK, {"survey_estimates": long}, False, "")
    _, rows = cells_of_sheet(CalamineWorkbook.from_path(str(tmp_path / WORKBOOK)), sheet)
    assert {row[0] for row in rows} == {"x" * workbook.LONGEST_TEXT}


# JSON-stat


def test_every_number_is_found_again_by_its_ids_and_cells_without_a_row_are_empty(release: Path) -> None:
    made = json_stat(release / "json-stat/survey_estimates_s.json")
    assert made["id"] == ["measure", "group", "wave", "metric"]
    assert made["size"] == [2, 2, 2, 4]
    assert len(made["value"]) == math.prod(made["size"])
    found = list(found_again(CUBE["survey_estimates"], made, estimates()))
    assert [value for _, _, value, _ in found] == [row[metric] for row, metric, _, _ in found]
    numbers = [value for _, _, value, _ in found if value is not None]
    assert len(numbers) == sum(value is not None for value in made["value"]) > 20
    assert {status for _, _, value, status in found if value is None} == {".."}


def test_dimensions_are_in_order_and_labelled_in_two_languages(release: Path) -> None:
    made = json_stat(release / "json-stat/survey_estimates_s.json")
    measure = made["dimension"]["measure"]
    assert measure["category"]["index"] == ["alle|q2|mean|", "alle|q1|share|01"]
    assert list(measure["category"]["label"].values()) == ["Alle – Spørsmål 2 – mean", "Alle – Spørsmål 1 – share – Ja"]
    assert measure["extension"]["category_label_en"]["alle|q1|share|01"] == "All – Question 1 – share – Yes"
    assert made["role"] == {"time": ["wave"], "metric": ["metric"]}
    assert made["extension"]["scale"] == {"alle|q2|mean|": "0-10", "alle|q1|share|01": "share"}


def test_two_rows_of_one_cell_are_refused() -> None:
    twice = pa.concat_tables([estimates(), estimates()])
    with pytest.raises(ValueError, match="survey_estimates, survey s: two rows have the same"):
        dataset(CUBE["survey_estimates"], "s", twice)


# All of them


def test_hidden_row_shows_no_number_in_any_file(tmp_path: Path) -> None:
    """The numbers that are hidden are in the table of which nothing is, so that a file which shows them is seen."""
    (shown,) = [row for row in estimates().to_pylist() if row["wave"] == 2022 and row["question_id"] == "q2"][1:]
    table = estimates(hidden=True)
    write_handout(tmp_path, {"survey_estimates": table}, True, "")
    made = json_stat(tmp_path / "json-stat/survey_estimates_s.json")
    of_hidden = [
        (value, status)
        for row, _, value, status in found_again(CUBE["survey_estimates"], made, table)
        if row["is_suppressed"]
    ]
    assert of_hidden == [(None, ":")] * 4
    assert shown["estimate"] not in made["value"]
    for path in (tmp_path / "csv/survey_estimates.csv.gz", tmp_path / "excel/survey_estimates.csv"):
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        assert str(shown["estimate"]) not in content.decode().replace(",", ".")
    with zipfile.ZipFile(tmp_path / WORKBOOK) as archive:
        pages = "".join(archive.read(name).decode() for name in archive.namelist())
    assert str(shown["estimate"]) not in pages


def test_same_tables_give_the_same_bytes_at_another_time_in_another_zone(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (again := tmp_path / "again").mkdir()
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        write_handout(again, {"hard": HARD, "survey_estimates": estimates()}, True, "abcdef12")
    finally:
        monkeypatch.undo()
        time.tzset()
    for path in again.rglob("*"):
        os.utime(path, (0, 0))
    files = sorted(path.relative_to(again) for path in again.rglob("*.*"))
    assert len(files) == 6
    assert [(again / file).read_bytes() for file in files] == [(release / file).read_bytes() for file in files]


def test_json_stat_of_no_table_that_it_knows_is_an_empty_folder(tmp_path: Path) -> None:
    write_json_stat(tmp_path, {"hard": HARD})
    assert list((tmp_path / "json-stat").iterdir()) == []


@pytest.mark.parametrize("failing", ["write_csv_files", "write_workbook", "write_json_stat"])
def test_handout_of_which_a_part_fails_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    """Also where it is written beside another part: half of the files would pass for all of them."""

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(handout, failing, fail)
    with pytest.raises(OSError, match="No space left"):
        write_handout(tmp_path, {"hard": HARD, "survey_estimates": estimates()}, True, "abcdef12")
