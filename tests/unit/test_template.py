"""An empty delivery in each format: it has the right columns, explains itself, and is accepted once it is filled in.

Not here: what the door says of broken deliveries (test_ingest_refuses).
"""

import ast
import csv
import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import pandas as pd
import pyreadstat
import pytest
from python_calamine import CalamineWorkbook, SheetVisibleEnum

from pipelines.__main__ import main
from pipelines.common.seeds import read_seed
from pipelines.common.settings import PROJECT_DIR, Settings
from pipelines.ingest import kommuner
from pipelines.ingest.check import Judgement, judge_places, places_at
from pipelines.ingest.codebook import COPIED, Column, columns, parts, surveys, waves
from pipelines.ingest.template import TemplateError, write_template
from pipelines.ingest.template_texts import tables
from pipelines.ingest.template_xlsx import LONGEST_MESSAGE
from pipelines.ingest.values import integer_bounds, is_numeric
from tests.unit.extracts import KEY

pytestmark = pytest.mark.slow

SURVEYS = {survey.survey: survey for survey in surveys() if not survey.is_fetched}
NEWEST = [(survey, waves(survey)[-1]) for survey in SURVEYS]
WAVES = [(survey, wave) for survey in SURVEYS for wave in waves(survey)]
TABLES = [(survey, wave, part) for survey, wave in NEWEST for part in parts(survey, wave)]
N_ROWS = 5
Rows = list[dict[str, str]]  # cells as text, '' where blank

each_wave = pytest.mark.parametrize(("survey", "wave"), WAVES)
each_newest = pytest.mark.parametrize(("survey", "wave"), NEWEST)
each_format = pytest.mark.parametrize("file_format", COPIED)


# Filling in, by what the codebook says of a column


def valid_rows(survey: str, wave: int, part: str) -> Rows:
    """Rows of which the last is blank wherever that is allowed, and answers stand only where a question was asked."""
    here = {column.name: column for column in columns(survey, wave, part) if not column.is_ignored}
    rows: Rows = []
    for n in range(N_ROWS):
        row: dict[str, str] = {}
        for name, column in here.items():
            may_be_blank = not column.must_be_filled and n == N_ROWS - 1 and column.role == "attribute"
            by = here.get(column.filter_column)
            is_asked = by is None or row[by.name] == by.written[column.filter_code]
            row[name] = _valid(column, wave, n) if is_asked and not may_be_blank else ""
        rows.append(row)
    return rows


@cache
def kommuner_of(wave: int) -> list[tuple[str, str, str]]:
    """(number, name, inhabitants) of a few, of which the inhabitants are known where they are of any."""
    day = date(wave, 1, 1)
    names, inhabitants = kommuner.names_on(day), kommuner.population_on(day)
    known = sorted(names.keys() & inhabitants.keys() or names)[:N_ROWS]
    return [(number, names[number][0], str(inhabitants.get(number, ""))) for number in known]


def _valid(column: Column, wave: int, n: int) -> str:
    if column.codes:
        return list(column.written.values())[n % len(column.codes)]
    if bounds := integer_bounds(column):
        return str(min(bounds[0] + n, bounds[1]))
    number, name, inhabitants = kommuner_of(wave)[n]
    country = [row for row in read_seed("country") if row["is_average"] == "false"][n]
    return {
        "kommunenr": number,
        "kommune_name": name,
        "kommune_population": inhabitants,
        "stratum": "hele landet",
        "stratum_size": str(kommuner.adults_in(wave)),
        "weight": ["0.5", "1", "0", "1.25", "2"][n],
        "orgnr": str(974760000 + n),
        "positive_integer": str(n + 1),
        "number": f"{n}.25",
        "share": f"0.{n}5",
        "score_or_dot": f"{n}.5",
        "score_1_3": f"{1 + n / 2:.1f}",
        "year_of_wave": str(wave),
        "year_until_wave": str(wave - n),
        "period_until_wave": f"{wave - n}K{n % 4 + 1}" if n else str(wave),
        "year_before_wave": str(wave - 1 - n),
        "country_code": country["country"],
        "country_code_2": country["country_2"],
        "country_name": country["country_name"],
    }.get(column.data_type, f"tekst, æøå {n}")


def fill(file: Path, survey: str, wave: int, part: str, rows: Rows) -> None:
    """Write rows below the header of a template, the way a program for such files does."""
    {".csv": _fill_csv, ".sav": _fill_sav, ".xlsx": _fill_xlsx}[file.suffix](file, survey, wave, part, rows)


def _fill_csv(file: Path, survey: str, wave: int, part: str, rows: Rows) -> None:
    numeric = {column.name for column in columns(survey, wave, part) if is_numeric(column)}
    mark = SURVEYS[survey].decimal_mark
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=SURVEYS[survey].delimiter or ";", lineterminator="\r\n")
    writer.writerows([[v.replace(".", mark) if k in numeric else v for k, v in row.items()] for row in rows])
    with file.open("ab") as stream:
        stream.write(out.getvalue().encode())


def _fill_sav(file: Path, survey: str, wave: int, part: str, rows: Rows) -> None:
    empty, meta = pyreadstat.read_sav(file, user_missing=True)
    cells = dict(zip(empty.columns, zip(*[row.values() for row in rows], strict=True), strict=True))
    typed = {
        name: [float(v) if v else None for v in cells[name]] if empty[name].dtype == "float64" else list(cells[name])
        for name in empty.columns
    }
    pyreadstat.write_sav(
        pd.DataFrame(typed, columns=empty.columns).astype(empty.dtypes),
        file,
        column_labels=meta.column_labels,
        variable_value_labels=meta.variable_value_labels,
        missing_ranges=meta.missing_ranges,
        variable_measure=meta.variable_measure,
    )


def _fill_xlsx(file: Path, survey: str, wave: int, part: str, rows: Rows) -> None:
    numeric = {column.name for column in columns(survey, wave, part) if is_numeric(column)}
    number = 1 + CalamineWorkbook.from_path(file).sheet_names.index(part or survey)
    filled = "".join(
        f'<row r="{n}">{"".join(_xml_cell(k, v, k in numeric) for k, v in row.items() if v)}</row>'
        for n, row in enumerate(rows, start=2)
    )
    with zipfile.ZipFile(file) as package:
        entries = {name: package.read(name) for name in package.namelist()}
    name = f"xl/worksheets/sheet{number}.xml"
    entries[name] = _placed(entries[name].decode(), filled, [*rows[0]])
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for entry, content in entries.items():
            package.writestr(entry, content)


def _placed(xml: str, filled: str, names: list[str]) -> bytes:
    letters = {name: re.findall(r'<c r="([A-Z]+)1"', xml)[place] for place, name in enumerate(names)}
    numbered = re.sub(
        r'<row r="(\d+)">(.*?)</row>',
        lambda row: re.sub(r'r="@([^"]+)"', lambda c: f'r="{letters[c[1]]}{row[1]}"', row[0]),
        filled,
    )
    return xml.replace("</sheetData>", numbered + "</sheetData>").encode()


def _xml_cell(name: str, value: str, is_number: bool) -> str:
    if is_number:
        return f'<c r="@{name}"><v>{value}</v></c>'
    return f'<c r="@{name}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'


def judge(path: Path, survey: str, wave: int, tmp_path: Path) -> list[Judgement]:
    settings = Settings(tmp_path / "data", pseudonym_key=KEY)
    return judge_places(settings, places_at(path, survey, wave))


# The round trip


@each_format
@each_newest
def test_filled_in_it_is_accepted_and_nothing_about_it_is_odd(
    survey: str, wave: int, file_format: str, tmp_path: Path
) -> None:
    files = write_template(survey, wave, file_format, tmp_path)
    for place, part in enumerate(parts(survey, wave)):
        fill(files[min(place, len(files) - 1)], survey, wave, part, valid_rows(survey, wave, part))
    judged = judge(tmp_path, survey, wave, tmp_path)
    assert [(j.status, j.findings, j.warnings) for j in judged] == [("accepted", [], [])] * len(files)
    assert sum(j.rows for j in judged) == N_ROWS * len(parts(survey, wave))


@each_format
@each_newest
def test_unfilled_it_is_refused_because_it_has_no_rows_and_for_nothing_else(
    survey: str, wave: int, file_format: str, tmp_path: Path
) -> None:
    for file in write_template(survey, wave, file_format, tmp_path):
        (judged,) = judge(file, survey, wave, tmp_path)
        assert judged.status == "refused"
        assert {finding.rule for finding in judged.findings} == {"no_rows"}
        assert judged.warnings == []


@each_format
@each_wave
def test_there_is_one_for_every_wave_with_all_columns_that_are_used(
    survey: str, wave: int, file_format: str, tmp_path: Path
) -> None:
    files = write_template(survey, wave, file_format, tmp_path)
    n_tables = len(parts(survey, wave))
    assert len(files) == (1 if file_format == "xlsx" else n_tables)
    headers = [names for file in files for names in headers_of(file, survey)]
    wanted = [[c.name for c in columns(survey, wave, part) if not c.is_ignored] for part in parts(survey, wave)]
    # SPSS allows no hyphen in a name.
    plain = [[name.replace("-", "_") for name in names] for names in wanted]
    assert headers == (plain if file_format == "sav" else wanted)


def headers_of(file: Path, survey: str) -> Iterator[list[str]]:
    if file.suffix == ".sav":
        yield pyreadstat.read_sav(file, metadataonly=True)[1].column_names
    elif file.suffix == ".csv":
        text = file.read_bytes().decode("utf-8-sig")
        assert text.endswith("\r\n")
        yield text.removesuffix("\r\n").split(SURVEYS[survey].delimiter or ";")
    else:
        book = CalamineWorkbook.from_path(file)
        for name in book.sheet_names[:-2]:
            (header,) = book.get_sheet_by_name(name).to_python()
            yield header


# CSV


def test_csv_has_a_byte_order_mark_by_which_excel_reads_its_letters(tmp_path: Path) -> None:
    (file,) = write_template("ssb_kommune", 2022, "csv", tmp_path)
    assert file.read_bytes().startswith(b"\xef\xbb\xbfkommunenr;kommunenavn;folkemengde;")


# Workbook


def explanation(file: Path) -> list[list[str]]:
    return CalamineWorkbook.from_path(file).get_sheet_by_name("Forklaring").to_python()


def validations(file: Path, sheet: int) -> dict[str, dict[str, str]]:
    """{letter of a column: what stands about its cells: type, source of the list, message}, as the package has it."""
    with zipfile.ZipFile(file) as package:
        xml = package.read(f"xl/worksheets/sheet{sheet}.xml").decode()
    found = {}
    for attributes, inner in re.findall(r"<dataValidation ([^>]*?)(?:/>|>(.*?)</dataValidation>)", xml):
        known = dict(re.findall(r'(\w+)="([^"]*)"', attributes))
        source = re.search(r"<formula1>(.*?)</formula1>", inner)
        for cells in known["sqref"].split():
            found[re.match("[A-Z]+", cells)[0]] = known | {"source": source[1] if source else ""}
    return found


def letter(place: int) -> str:
    return (chr(ord("A") + place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)


@each_newest
def test_drop_downs_hold_exactly_the_codes_as_the_door_wants_them(survey: str, wave: int, tmp_path: Path) -> None:
    (file,) = write_template(survey, wave, "xlsx", tmp_path)
    lists = CalamineWorkbook.from_path(file).get_sheet_by_name("Koder").to_python()
    for sheet, table in enumerate(tables(survey, wave), start=1):
        found = validations(file, sheet)
        assert len(found) == len(table.columns)
        for place, explained in enumerate(table.columns):
            about = found[letter(place)]
            assert about["sqref"] == f"{letter(place)}2:{letter(place)}1048576"
            if not explained.codes:
                assert about["source"] == ""
                continue
            assert about["type"] == "list"
            column, first, last = re.fullmatch(r"Koder!\$([A-Z]+)\$(\d+):\$\1\$(\d+)", about["source"]).groups()
            cells = [row[[letter(n) for n in range(len(row))].index(column)] for row in lists]
            wanted = [float(code) if explained.is_number else code for code in explained.codes]
            assert cells[int(first) - 1 : int(last)] == wanted
            assert all(cell == "" for cell in cells[int(last) :])


@each_newest
def test_messages_beside_cells_say_what_is_asked_and_fit(survey: str, wave: int, tmp_path: Path) -> None:
    (file,) = write_template(survey, wave, "xlsx", tmp_path)
    for sheet, table in enumerate(tables(survey, wave), start=1):
        found = validations(file, sheet)
        for place, explained in enumerate(table.columns):
            message = found[letter(place)]["prompt"].replace("&quot;", '"').replace("&amp;", "&")
            assert message.startswith(explained.what[:100])
            assert len(message) <= LONGEST_MESSAGE


def test_a_message_names_question_codes_filter_and_what_a_blank_means(tmp_path: Path) -> None:
    (file,) = write_template("ssb_kommune", 2022, "xlsx", tmp_path)
    places = {c.column.name: letter(n) for n, c in enumerate(tables("ssb_kommune", 2022)[0].columns)}
    about = validations(file, 1)
    assert about[places["strategi"]]["prompt"] == (
        "Har IKT-/digitaliseringsstrategi. 1 = Ja, 2 = Nei. Tom celle: ubesvart."
    )
    assert "Bare når strategi = 1 (Ja)." in about[places["strategi_omr_01"]]["prompt"]


@each_newest
def test_explanation_has_a_row_for_every_column_with_its_codes(survey: str, wave: int, tmp_path: Path) -> None:
    (file,) = write_template(survey, wave, "xlsx", tmp_path)
    rows = explanation(file)
    top = next(n for n, row in enumerate(rows) if row[:2] == ["Tabell", "Kolonne"])
    told = [dict(zip(rows[top], row, strict=True)) for row in rows[top + 1 :]]
    wanted = [(table.name or survey, explained) for table in tables(survey, wave) for explained in table.columns]
    assert [(row["Tabell"], row["Kolonne"]) for row in told] == [(name, e.column.name) for name, e in wanted]
    for row, (_, explained) in zip(told, wanted, strict=True):
        assert row["Hva det er"] and row["Verdier"] and row["Tom celle betyr"]
        assert row["Må være med"] == ("ja" if explained.column.is_required else "nei")
        assert row["Koder"].split("\n") == [
            label if explained.column.data_type == "label" or label == code else f"{code} = {label}"
            for code, label in explained.column.codes.items()
        ] or not (row["Koder"] or explained.column.codes)
        assert bool(row["Bare når"]) == bool(explained.column.filter_column)


def test_explanation_tells_units_blanks_and_how_to_check(tmp_path: Path) -> None:
    (file,) = write_template("ssb_kommune", 2022, "xlsx", tmp_path)
    cells = [cell for row in explanation(file) for cell in row]
    assert "innbyggere" in cells and "ubesvart" in cells and "ikke tillatt" in cells
    assert any("python -m pipelines check FIL --survey ssb_kommune --wave 2022" in str(cell) for cell in cells)


@each_newest
def test_sheets_are_the_tables_then_the_explanation_and_the_hidden_lists(
    survey: str, wave: int, tmp_path: Path
) -> None:
    (file,) = write_template(survey, wave, "xlsx", tmp_path)
    sheets = {sheet.name: sheet.visible for sheet in CalamineWorkbook.from_path(file).sheets_metadata}
    assert list(sheets) == [*(part or survey for part in parts(survey, wave)), "Forklaring", "Koder"]
    assert [name for name, visible in sheets.items() if visible != SheetVisibleEnum.Visible] == ["Koder"]


def test_columns_of_text_are_formatted_as_text_so_that_zeros_stay(tmp_path: Path) -> None:
    (file,) = write_template("ssb_kommune", 2022, "xlsx", tmp_path)
    with zipfile.ZipFile(file) as package:
        styles = package.read("xl/styles.xml").decode()
        sheet = package.read("xl/worksheets/sheet1.xml").decode()
    formats = re.findall(r'<xf numFmtId="(\d+)"', styles.split("<cellXfs")[1])
    by_column = {
        int(low): formats[int(style)] for low, style in re.findall(r'<col min="(\d+)"[^>]*style="(\d+)"', sheet)
    }
    kommunenr, folkemengde, text, whole_number = by_column[1], by_column[3], "49", "1"  # built-in "@" and "0"
    assert (kommunenr, folkemengde) == (text, whole_number)


# SPSS


def test_sav_says_of_every_variable_what_the_codebook_does(tmp_path: Path) -> None:
    (file,) = write_template("dfo_innbygger", 2023, "sav", tmp_path)
    empty, meta = pyreadstat.read_sav(file, user_missing=True)
    (table,) = tables("dfo_innbygger", 2023)
    assert (len(empty), meta.number_rows) == (0, 0)
    for explained, label in zip(table.columns, meta.column_labels, strict=True):
        name = explained.column.name
        assert label == explained.what
        assert (meta.readstat_variable_types[name] == "double") == explained.is_number
        codes = {float(code): text for code, text in explained.codes.items()}
        assert meta.variable_value_labels.get(name, {}) == codes
        declared = {part["lo"] for part in meta.missing_ranges.get(name, [])}
        assert declared == {float(code) for code in explained.column.missing_codes}
    assert any(meta.missing_ranges.values())


@each_wave
def test_sav_declares_all_missing_codes(survey: str, wave: int, tmp_path: Path) -> None:
    for file, table in zip(write_template(survey, wave, "sav", tmp_path), tables(survey, wave), strict=True):
        meta = pyreadstat.read_sav(file, metadataonly=True, user_missing=True)[1]
        n_declared = sum(len(ranges) for ranges in meta.missing_ranges.values())
        assert n_declared == sum(len(e.column.missing_codes) for e in table.columns if e.is_number)


def test_sav_has_room_for_text(tmp_path: Path) -> None:
    (file,) = write_template("ssb_kommune", 2022, "sav", tmp_path)
    widths = pyreadstat.read_sav(file, metadataonly=True)[1].variable_storage_width
    assert (widths["kommunenr"], widths["kommunenavn"]) == (4, 255)


# Where it goes


@pytest.mark.parametrize(("survey", "file_format"), [(s.survey, s.file_format) for s in SURVEYS.values()])
def test_without_a_choice_it_has_the_format_that_was_agreed_on_and_comes_here(
    survey: str, file_format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wave = waves(survey)[-1]
    files = write_template(survey, wave)
    names = [f"{survey}_{wave}"] if file_format == "xlsx" else ["_".join(filter(None, (survey, str(wave), part)))
             for part in parts(survey, wave)]  # fmt: skip
    assert [str(file) for file in files] == [f"{name}.{file_format}" for name in names]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(map(str, files))


def test_the_name_of_a_file_says_its_format(tmp_path: Path) -> None:
    file = tmp_path / "kommuner.xlsx"
    assert write_template("ssb_kommune", 2022, to=file) == [file]
    assert zipfile.is_zipfile(file)


def test_no_file_is_replaced_and_none_is_written_where_one_exists(tmp_path: Path) -> None:
    taken = tmp_path / "itip_2021_innbygger.csv"
    taken.write_text("mine", encoding="utf-8")
    with pytest.raises(TemplateError, match=r"itip_2021_innbygger\.csv exists already; move it away"):
        write_template("itip", 2021, "csv", tmp_path)
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [(taken.name, "mine")]


@pytest.mark.parametrize(
    ("survey", "wave", "file_format", "to", "said"),
    [
        ("kommune", 2022, None, ".", r"no survey kommune; there are ssb_kommune, dfo_innbygger, un_egdi, itip, "),
        ("itip", 1999, None, ".", r"no rows for itip 1999 \(it knows 2020, 2021\)"),
        ("itip", 2021, None, "nowhere", r"nowhere is no folder; make it first, or name a file \(\.csv, "),
        ("itip", 2021, None, "nowhere/a.xlsx", r"nowhere is no folder"),
        ("itip", 2021, "csv", "a.csv", r"the delivery is 2 csv files; name a folder with --to"),
        ("itip", 2021, "xlsx", "a.csv", r"a\.csv is the name of a \.csv file, and the format is xlsx"),
    ],
)
def test_what_cannot_be_written_is_said_with_the_remedy(
    survey: str, wave: int, file_format: str | None, to: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(TemplateError, match=said):
        write_template(survey, wave, file_format, tmp_path / to)
    assert list(tmp_path.iterdir()) == []


# The command


def test_command_prints_the_paths_and_the_next_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["template", "itip", "2021", "--format", "csv", "--to", str(tmp_path)]) == 0
    agencies, citizens = tmp_path / "itip_2021_virksomhet.csv", tmp_path / "itip_2021_innbygger.csv"
    assert capsys.readouterr().out.splitlines() == [
        f"Written: {agencies}",
        f"Written: {citizens}",
        "Fill it in, then check it:",
        f"  python -m pipelines check {agencies} --survey itip --wave 2021",
        f"  python -m pipelines check {citizens} --survey itip --wave 2021",
    ]


def test_command_fails_with_one_line_where_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["template", "itip", "1999", "--to", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "digital-tilstand: the codebook has no rows for itip 1999 (it knows 2020, 2021)\n"


def test_command_needs_neither_dagster_nor_dbt(tmp_path: Path) -> None:
    code = (
        "import sys; from pipelines.__main__ import main; "
        f"main(['template', 'ssb_kommune', '2022', '--to', {str(tmp_path)!r}]); "
        "print(sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_DIR, capture_output=True, text=True, check=True)
    imported = set(ast.literal_eval(done.stdout.splitlines()[-1]))
    assert {"pipelines", "xlsxwriter"} <= imported
    assert not [name for name in imported if name.startswith(("dagster", "dbt"))]


def test_what_is_fetched_is_not_filled_in(tmp_path: Path) -> None:
    fetched = next(survey.survey for survey in surveys() if survey.is_fetched)
    with pytest.raises(TemplateError, match=f"sources fetch {fetched}"):
        write_template(fetched, 2026, to=tmp_path)
    assert list(tmp_path.iterdir()) == []
