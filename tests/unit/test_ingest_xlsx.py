"""A workbook is read as it was meant, or refused with the cell that is to blame; a damaged or hostile one does no harm.

Not here: what the codebook says of columns and cells (test_ingest_refuses), and how a delivery is loaded.
"""

import io
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from pipelines.ingest import codebook, validation, xlsx_reader, xlsx_sheet
from pipelines.ingest.codebook import Column
from pipelines.ingest.encoding import mangled_passage
from pipelines.ingest.extract import Extract
from pipelines.ingest.findings import Finding, Findings
from pipelines.ingest.validation import check_columns
from pipelines.ingest.xlsx_reader import read_xlsx

pytestmark = pytest.mark.slow

SURVEY = replace(codebook.surveys()[0], survey="itip", file_format="xlsx", decimal_mark=".")
HEADER = ["id", "kommunenr", "svar", "vekt", "merknad"]
GOOD = {
    "virksomhet": [HEADER, ["a", 301, 4, 0.5, "blå"], ["b", "0301", 0, 1, ""], ["c", 1103, 99, 2.25, " med æøå "]],
    "innbygger": [["svar", "id"], [1, 17]],
}
SHEET_1, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
Rows = list[list[object]]


def column(name: str, data_type: str) -> Column:
    codes = {code: code for code in ("0", "1", "4", "99")} if data_type == "code" else {}
    return Column(
        name=name,
        role="attribute",
        data_type=data_type,
        code_frame="",
        codes=codes,
        missing_codes=frozenset(),
        is_required=True,
        filter_column="",
        filter_code="",
        blank_kind="",
    )


@pytest.fixture(autouse=True, scope="module")
def described() -> Iterator[None]:
    """A codebook with two sheets, that of the seeds says what it likes."""
    types = {"id": "text", "kommunenr": "kommunenr", "svar": "code", "vekt": "weight", "merknad": "text"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codebook, "parts", lambda survey, wave=None: ["virksomhet", "innbygger"])
        patch.setattr(codebook, "columns", lambda *_: [column(name, kind) for name, kind in types.items()])
        yield


Change = Callable[[xlsxwriter.Workbook], object]


def write(file: Path, sheets: dict[str, Rows], change: Change = lambda _: None) -> Path:
    """A workbook of these sheets, cell by cell of the type that the value has."""
    options = {"default_date_format": "yyyy-mm-dd", "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if cell not in ("", None):
                        sheet.write(number, place, cell)
        change(book)
    return file


def good(**sheets: Rows) -> dict[str, Rows]:
    return GOOD | sheets


def with_cell(row: int, place: int, cell: object) -> dict[str, Rows]:
    """The good workbook with a cell of the first sheet replaced; rows from 1, columns from 0."""
    rows = [list(cells) for cells in GOOD["virksomhet"]]
    rows[row - 1][place] = cell
    return good(virksomhet=rows)


def edited(file: Path, change: dict[str, Callable[[bytes], bytes] | None]) -> Path:
    """The package with parts changed, or taken out."""
    with zipfile.ZipFile(file) as before:
        parts = {name: before.read(name) for name in before.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after:
        for name, content in parts.items():
            if name not in change:
                after.writestr(name, content)
            elif change[name]:
                after.writestr(name, change[name](content))
    return file


def swapped(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        assert old.encode() in content
        return content.replace(old.encode(), new.encode(), 1)

    return change


def as_data(rows: str) -> Callable[[bytes], bytes]:
    """Other rows for a sheet, as XML."""
    return lambda content: re.sub(rb"<sheetData>.*</sheetData>", f"<sheetData>{rows}</sheetData>".encode(), content)


def read(file: Path, **options: int) -> tuple[list[Extract] | None, Findings]:
    findings = Findings()
    return read_xlsx(file, SURVEY, 2020, findings, **options), findings


def table(extract: Extract) -> list[tuple]:
    """(number, *cells) of every row."""
    return [
        (number, *cells)
        for chunk in extract.chunks
        for number, *cells in zip(chunk.row_numbers.to_pylist(), *(c.to_pylist() for c in chunk.columns), strict=True)
    ]


def findings_of(file: Path, **options: int) -> list[Finding]:
    """What is found in the whole workbook, its cells among it."""
    extracts, findings = read(file, **options)
    assert extracts is None or not findings
    for extract in extracts or []:
        table(extract)
    return list(findings)


def only_finding(file: Path, **options: int) -> Finding:
    (finding,) = findings_of(file, **options)
    assert finding.problem and finding.remedy
    return finding


def place(finding: Finding) -> tuple[str, str, int | None, str, str]:
    return finding.rule, finding.part, finding.row, finding.column, finding.value


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "itip.xlsx"


# What is read.


def test_sheets_come_in_the_order_of_the_codebook_with_numbers_as_text(file: Path) -> None:
    extracts, findings = read(write(file, dict(reversed(GOOD.items()))))
    assert not findings and extracts
    assert [(e.part, e.header, e.encoding, e.header_row) for e in extracts] == [
        ("virksomhet", HEADER, "xlsx", 1),
        ("innbygger", ["svar", "id"], "xlsx", 1),
    ]
    assert table(extracts[0]) == [
        (2, "a", "301", "4", "0.5", "blå"),
        (3, "b", "0301", "0", "1", ""),
        (4, "c", "1103", "99", "2.25", " med æøå "),
    ]
    assert table(extracts[1]) == [(2, "1", "17")]


def test_names_of_sheets_and_columns_may_differ_in_case_and_blanks(file: Path) -> None:
    sheets = {" Virksomhet ": [["ID ", " Svar"], ["a", 1]], "INNBYGGER": GOOD["innbygger"]}
    extracts, findings = read(write(file, sheets))
    assert not findings and extracts
    assert [(e.part, e.header) for e in extracts] == [("virksomhet", ["ID ", " Svar"]), ("innbygger", ["svar", "id"])]
    assert table(extracts[0]) == [(2, "a", "1")]


def test_blank_rows_are_skipped_and_the_others_keep_their_numbers(file: Path) -> None:
    rows: Rows = [["id", "svar"], ["a", 1], [], ["  ", "\t"], ["b", 4], [" "], []]
    extracts, findings = read(write(file, good(virksomhet=rows)))
    assert table(extracts[0]) == [(2, "a", "1"), (5, "b", "4")]
    assert not findings


def test_columns_with_nothing_in_them_are_dropped_and_those_without_a_name_kept(file: Path) -> None:
    rows: Rows = [["", "id", " ", "svar", "", "", ""], ["", "a", "", 1, "", "noted", " "]]
    extracts, findings = read(write(file, good(virksomhet=rows)))
    assert extracts[0].header == ["id", "svar", ""]
    assert table(extracts[0]) == [(2, "a", "1", "noted")]
    assert not findings


def test_cells_that_are_only_formatted_are_blank_wherever_they_are(file: Path) -> None:
    def colour(book: xlsxwriter.Workbook) -> None:
        sheet = book.get_worksheet_by_name("virksomhet")
        for row, place in ((0, 9), (50, 2), (1_048_575, 16_383)):
            sheet.write_blank(row, place, None, book.add_format({"bg_color": "yellow"}))
        sheet.merge_range(70, 20, 71, 21, None)

    extracts, findings = read(write(file, GOOD, colour))
    assert not findings
    assert [len(table(extract)) for extract in extracts] == [3, 1]
    assert extracts[0].header == HEADER


def test_untouched_sheets_do_not_matter_visible_or_hidden(file: Path) -> None:
    extracts, findings = read(write(file, good(Ark1=[], Sheet2=[]), lambda book: book.add_worksheet("Ark3").hide()))
    assert not findings and len(extracts) == 2


def test_long_sheets_are_read_in_chunks(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_reader, "CELLS_PER_CHUNK", 4)
    rows: Rows = [["id", "svar"], *([f"r{n}", 1] for n in range(5))]
    extracts, _ = read(write(file, good(virksomhet=rows)))
    chunks = list(extracts[0].chunks)
    assert [chunk.row_numbers.to_pylist() for chunk in chunks] == [[2, 3], [4, 5], [6]]
    assert chunks[2].columns[0].to_pylist() == ["r4"]


def test_cells_without_names_and_text_in_the_cell_itself_are_read(file: Path) -> None:
    # Other programs than Excel write so.
    texts = '<c t="inlineStr"><is><r><t>i</t></r><r><t>d</t></r></is></c><c t="str"><v>svar</v></c>'
    rows = f'<row>{texts}</row><row><c t="inlineStr"><is><t>a &amp; b</t></is></c><c><v>4</v></c></row>'
    extracts, findings = read(edited(write(file, GOOD), {SHEET_1: as_data(rows)}))
    assert not findings and extracts[0].header == ["id", "svar"]
    assert table(extracts[0]) == [(2, "a & b", "4")]


def test_formulas_of_a_validation_are_not_those_of_cells(file: Path) -> None:
    def allow(book: xlsxwriter.Workbook) -> None:
        sheet = book.get_worksheet_by_name("virksomhet")
        sheet.data_validation("C2:C9", {"validate": "custom", "value": "=C2<100"})
        sheet.conditional_format("C2:C9", {"type": "formula", "criteria": "=C2>5"})
        sheet.write_comment("A1", "a remark")

    assert findings_of(write(file, GOOD, allow)) == []


# Parts, wherever they are.


def moved(names: dict[str, str], edit: dict[str, Callable[[bytes], bytes]]) -> Callable[[Path], None]:
    """Give the package's parts other names (by beginning), and change some, by their old names."""

    def change(file: Path) -> None:
        with zipfile.ZipFile(file) as before:
            parts = {name: before.read(name) for name in before.namelist()}
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after:
            for name, content in parts.items():
                old = next((beginning for beginning in names if name.startswith(beginning)), "")
                changed = edit[name](content) if name in edit else content
                after.writestr(names.get(old, "") + name.removeprefix(old), changed)

    return change


PACKAGE, WORKBOOK, OF_WORKBOOK = "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


MOVES = {
    "another main part": moved(
        {WORKBOOK: "xl/workbook2.xml", OF_WORKBOOK: "xl/_rels/workbook2.xml.rels"},
        {PACKAGE: swapped("xl/workbook.xml", "xl/workbook2.xml")},
    ),
    "no folder": moved({"xl/": ""}, {PACKAGE: swapped("xl/workbook.xml", "/workbook.xml")}),
    "another folder": moved(
        {"xl/": "data/Of This/"}, {PACKAGE: swapped("xl/workbook.xml", "data/Of%20This/workbook.xml")}
    ),
    "sheets beside": moved({"xl/worksheets/": "s/"}, {OF_WORKBOOK: lambda b: b.replace(b'"worksheets/', b'"../s/')}),
    "sheets by other names": moved(
        {"xl/worksheets/sheet": "xl/Ark"}, {OF_WORKBOOK: lambda b: b.replace(b'"worksheets/sheet', b'"/XL/ark')}
    ),
    "texts": moved({STRINGS: "xl/texts.xml"}, {OF_WORKBOOK: swapped('"sharedStrings.xml', '"texts.xml')}),
    "styles": moved({"xl/styles.xml": "xl/look.xml"}, {OF_WORKBOOK: swapped('"styles.xml', '"look.xml')}),
    "paths from the root": moved({}, {OF_WORKBOOK: lambda b: b.replace(b'"worksheets/', b'"xl/worksheets/')}),
    "another prefix": moved({}, {WORKBOOK: lambda b: b.replace(b"r:id", b"d3:id").replace(b"xmlns:r=", b"xmlns:d3=")}),
    "the strict format": moved(
        {}, {PACKAGE: swapped("schemas.openxmlformats.org/officeDocument/2006", "purl.oclc.org/ooxml/officeDocument")}
    ),
}


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_parts_are_found_through_their_relations(file: Path, move: Callable[[Path], None]) -> None:
    as_usual, _ = read(write(file, GOOD))
    expected = [(extract.part, extract.header, table(extract)) for extract in as_usual]
    move(file)
    extracts, findings = read(file)
    assert list(findings) == [] and extracts
    assert [(extract.part, extract.header, table(extract)) for extract in extracts] == expected


def test_dates_are_told_by_styles_wherever_these_are(file: Path) -> None:
    write(file, with_cell(3, 2, date(2020, 2, 1)))
    moved({"xl/styles.xml": "xl/look.xml"}, {OF_WORKBOOK: swapped('"styles.xml', '"look.xml')})(file)
    assert only_finding(file).value == "2020-02-01"


def test_part_that_the_package_does_not_mean_is_not_read(file: Path) -> None:
    with zipfile.ZipFile(write(file, GOOD), "a") as package:
        package.writestr("xl/workbook2.xml", package.read(WORKBOOK).replace(b"innbygger", b"no such"))
    extracts, findings = read(file)
    assert not findings and [extract.part for extract in extracts] == ["virksomhet", "innbygger"]


@pytest.mark.parametrize(
    ("part", "kind", "says"),
    [(PACKAGE, "officeDocument", "kind officeDocument"), (OF_WORKBOOK, "sharedStrings", "kind sharedStrings")],
)
def test_package_that_means_two_parts_is_refused(file: Path, part: str, kind: str, says: str) -> None:
    second = f'<Relationship Id="x" Type="http://x/{kind}" Target="/xl/other.xml"/></Relationships>'
    edited(write(file, GOOD), {part: swapped("</Relationships>", second)})
    finding = only_finding(file)
    assert finding.rule == "damaged" and says in finding.problem


@pytest.mark.parametrize(
    "size", ['ref="A0:AZ48943"', 'ref=""', 'ref="A1:XFD1048576"', 'ref="A1"', 'ref="Z9:A1"', "", 'ref="A1:B2:C3"']
)
@pytest.mark.parametrize("form", ["<dimension {}/>", "<dimension {}></dimension>"])
def test_size_that_a_sheet_declares_does_not_count(file: Path, size: str, form: str) -> None:
    def declare(content: bytes) -> bytes:
        changed, n = re.subn(rb"<dimension [^>]*/>", form.format(size).encode(), content)
        assert n == 1
        return changed

    extracts, findings = read(edited(write(file, GOOD), {SHEET_1: declare}))
    assert not findings and len(table(extracts[0])) == 3


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(("part", "says"), [(SHEET_1, "sheet virksomhet: it is stored"), (WORKBOOK, "it is stored")])
def test_part_in_utf_16_is_named(file: Path, encoding: str, part: str, says: str) -> None:
    edited(write(file, GOOD), {part: lambda content: content.decode().encode(encoding)})
    finding = only_finding(file)
    assert place(finding) == ("file_type", "", None, "", "itip.xlsx")
    assert finding.problem == f"{says} as UTF-16, not as UTF-8"


def test_directory_for_large_archives_is_not_followed(file: Path) -> None:
    content = write(file, GOOD).read_bytes()
    size, start = (int.from_bytes(content[-at : 4 - at], "little") for at in (10, 6))
    locator = b"PK\6\7" + bytes(16)
    end = content[-22:-10] + (size + len(locator)).to_bytes(4, "little") + content[-6:]
    file.write_bytes(content[: start + size] + locator + end)
    assert only_finding(file).rule == "truncated"


# A delivery that is one table.


@pytest.fixture
def one_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codebook, "parts", lambda survey, wave=None: [""])


@pytest.mark.usefixtures("one_table")
@pytest.mark.parametrize("name", ["Ark1", "virksomhet", "Data 2020"])
def test_one_table_is_the_only_sheet_that_holds_something(file: Path, name: str) -> None:
    sheets = {"Ark0": [], name: GOOD["virksomhet"], "Forklaring": [["id", "hvem"]], "Ark3": []}
    extracts, findings = read(write(file, sheets))
    assert not findings
    assert [(extract.part, extract.header) for extract in extracts] == [("", HEADER)]
    assert [row[1] for row in table(extracts[0])] == ["a", "b", "c"]


@pytest.mark.usefixtures("one_table")
def test_several_filled_sheets_are_named_where_one_is_expected(file: Path) -> None:
    finding = only_finding(write(file, GOOD | {"Ark3": []}))
    assert place(finding) == ("several_sheets", "", None, "", "virksomhet, innbygger")


@pytest.mark.usefixtures("one_table")
@pytest.mark.parametrize("sheets", [{"Ark1": []}, {"Ark1": [], "Forklaring": [["id"]]}])
def test_workbook_with_nothing_in_it_is_refused(file: Path, sheets: dict[str, Rows]) -> None:
    assert place(only_finding(write(file, sheets))) == ("no_header", "", None, "", "")


@pytest.mark.usefixtures("one_table")
def test_only_table_in_a_hidden_sheet_is_refused(file: Path) -> None:
    def hide(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet("tom").activate()
        book.get_worksheet_by_name("Ark1").hide()

    assert only_finding(write(file, {"Ark1": GOOD["virksomhet"]}, hide)).rule == "hidden_sheet"


@pytest.mark.parametrize("is_hidden", [True, False])
def test_explanations_are_not_looked_at(file: Path, is_hidden: bool) -> None:
    def explain(book: xlsxwriter.Workbook) -> None:
        for name in ("forklaring ", "Koder"):
            sheet = book.add_worksheet(name)
            sheet.write("A1", "lagt til; bl\u00c3\u00a5")
            sheet.write_formula("B2", "=1+1")
            sheet.merge_range("C1:D2", "")
            if is_hidden:
                sheet.hide()

    extracts, findings = read(write(file, GOOD, explain))
    assert not findings and len(extracts) == 2


# A header further down.


@pytest.mark.parametrize("above", [[["Undersøkelsen"], []], [[]], [["=SUM(A1)", date(2020, 1, 1)]], [["t"]] * 29])
def test_header_further_down_is_the_only_finding_of_its_sheet(file: Path, above: Rows) -> None:
    merged = lambda book: book.get_worksheet_by_name("virksomhet").merge_range("A1:C1", "Tittel")  # noqa: E731
    for change in (lambda _: None, merged):
        finding = only_finding(write(file, good(virksomhet=[*above, *GOOD["virksomhet"]]), change))
        assert place(finding) == ("header_row", "virksomhet", 1, "", "")
        assert f"row {len(above) + 1}" in finding.problem


def test_names_of_columns_among_the_answers_are_no_header(file: Path) -> None:
    assert findings_of(write(file, good(innbygger=[["svar", "merknad"], [1, "id svar"], [4, "svar"]]))) == []


@pytest.mark.parametrize("n_rows", [1, 40])
def test_sheet_as_wide_as_the_format_allows_is_read(file: Path, n_rows: int) -> None:
    names = [f"spm_{n}" for n in range(16_000)]
    rows: Rows = [[*names, *[""] * 383, "last"], *([["x"]] * n_rows)]
    write(file, good(virksomhet=rows))
    extracts, findings = read(file)
    assert not findings and [len(extract.header) for extract in extracts] == [16_001, 2]


def test_sheet_of_nothing_but_unknown_columns_is_refused_without_comparing_them_all(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guesses: list[str] = []
    monkeypatch.setattr(validation, "get_close_matches", lambda name, *_, **__: guesses.append(name) or [])
    (wide, _), findings = read(write(file, good(virksomhet=[[f"spm_{n}" for n in range(16_384)], ["x"]])))
    known = {f"sp_{n}": column(f"sp_{n}", "text") for n in range(500)}
    check_columns(wide, known, "itip 2020", findings)
    assert len(findings) == 16_384 + 500
    assert len(guesses) <= 2 * validation.MOST_GUESSES


# Letters that went through a wrong encoding.


@pytest.mark.parametrize("letters", ["bl\u00c3\u00a5", "\u00c3\u00a6rlig", "r\u2020d", "\ufffd"])
def test_mangled_letters_are_refused_wherever_they_stand(file: Path, letters: str) -> None:
    assert place(only_finding(write(file, with_cell(3, 4, letters)))) == (
        "encoding",
        "virksomhet",
        3,
        "merknad",
        letters,
    )
    in_header = only_finding(write(file, with_cell(1, 4, letters)))
    assert place(in_header) == ("encoding", "virksomhet", 1, letters.lower(), letters)
    in_name = only_finding(write(file, good() | {letters: []}))
    assert place(in_name) == ("encoding", letters, None, "", letters)


@pytest.mark.parametrize("text", ["blå ære Øst", "Çelik", "Łódź", "中文", "naïve café", "Ã", "§ 5 «x»"])
def test_letters_of_other_languages_are_kept(file: Path, text: str) -> None:
    extracts, findings = read(write(file, with_cell(3, 4, text)))
    assert [row[5] for row in table(extracts[0])][1] == text
    assert not findings


# Sheets that are refused.


def test_missing_sheet_is_named_with_what_is_there(file: Path) -> None:
    finding = only_finding(write(file, {"virksomhet": GOOD["virksomhet"], "Notat": []}))
    assert place(finding) == ("missing_sheet", "", None, "", "innbygger")
    assert finding.problem == "there is no sheet innbygger; the workbook has virksomhet, Notat"


def test_sheet_with_another_name_is_both_missing_and_unknown(file: Path) -> None:
    sheets = {"virksomhet": GOOD["virksomhet"], "Innbyggere": GOOD["innbygger"]}
    unknown, missing = findings_of(write(file, sheets))
    assert place(unknown) == ("unmapped_sheet", "Innbyggere", None, "", "Innbyggere")
    assert "4 of its cells" in unknown.problem
    assert missing.rule == "missing_sheet" and missing.problem.endswith("; did you mean Innbyggere?")


@pytest.mark.parametrize("hide", ["hide", "very_hidden"])
@pytest.mark.parametrize("name", ["innbygger", "gammel"])
def test_hidden_sheet_is_refused_wanted_or_not(file: Path, hide: str, name: str) -> None:
    sheets = good(gammel=[["x"], [1]])
    if name == "innbygger":
        del sheets["gammel"]
    finding = only_finding(write(file, sheets, lambda book: getattr(book.get_worksheet_by_name(name), hide)()))
    assert place(finding) == ("hidden_sheet", name, None, "", name)


def test_two_sheets_with_the_same_name_but_for_blanks_are_refused(file: Path) -> None:
    sheets = {"virksomhet": GOOD["virksomhet"], "Virksomhet ": GOOD["virksomhet"], "innbygger": GOOD["innbygger"]}
    finding = only_finding(write(file, sheets))
    assert place(finding) == ("duplicate_sheet", "Virksomhet ", None, "", "Virksomhet ")
    assert "sheet virksomhet has the same name" in finding.problem


@pytest.mark.parametrize("rows", [[], [[], ["a", 1]], [[" "], ["a"]]], ids=["empty", "lower", "blank"])
def test_sheet_without_header_is_refused(file: Path, rows: Rows) -> None:
    assert place(only_finding(write(file, good(innbygger=rows)))) == ("no_header", "innbygger", 1, "", "")


@pytest.mark.parametrize("rows", [[["id"]], [["id"], [" "], []]])
def test_sheet_without_rows_is_refused(file: Path, rows: Rows) -> None:
    assert place(only_finding(write(file, good(innbygger=rows)))) == ("no_rows", "innbygger", None, "", "")


def test_column_that_comes_twice_is_refused(file: Path) -> None:
    finding = only_finding(write(file, good(innbygger=[["id", "svar", "ID "], [1, 1, 1]])))
    assert place(finding) == ("duplicate_column", "innbygger", 1, "id", "ID ")


def test_all_that_is_wrong_with_the_sheets_comes_at_once(file: Path) -> None:
    sheets = {"virksomhet": [["id", "id"], [1, 1]], "mer": [[1]]}
    rules = [finding.rule for finding in findings_of(write(file, sheets))]
    assert rules == ["unmapped_sheet", "missing_sheet", "duplicate_column"]


# Cells that are refused.


@pytest.mark.parametrize(
    ("cell", "value", "problem"),
    [
        (True, "True", "a logical value"),
        (date(2020, 2, 1), "2020-02-01", "a date"),
        (datetime(2020, 2, 1, 10, 30), "2020-02-01 10:30:00", "a date with time"),
        (time(12, 0), "12:00:00", "a time of day"),
        (timedelta(days=1, hours=12), "1 day, 12:00:00", "a duration"),
    ],
)
def test_cell_of_another_type_is_refused(file: Path, cell: object, value: str, problem: str) -> None:
    formats = {datetime: "yyyy-mm-dd hh:mm", time: "hh:mm", timedelta: "[h]:mm"}

    def put(book: xlsxwriter.Workbook) -> None:
        sheet, kind = book.get_worksheet_by_name("virksomhet"), formats.get(type(cell))
        sheet.write(2, 2, cell, *([book.add_format({"num_format": kind})] if kind else []))

    finding = only_finding(write(file, GOOD, put))
    assert place(finding) == ("cell_type", "virksomhet", 3, "svar", value)
    assert finding.problem == f"the cell holds {problem}"


def test_date_in_the_header_is_refused(file: Path) -> None:
    finding = only_finding(write(file, good(innbygger=[["id", date(2020, 1, 1)], [1, ""]])))
    assert place(finding) == ("cell_type", "innbygger", 1, "(column 2, without a name)", "2020-01-01")


@pytest.mark.parametrize("error", ["#N/A", "#DIV/0!", "#REF!", "#VALUE!"])
def test_error_of_the_spreadsheet_is_refused_and_not_blank(file: Path, error: str) -> None:
    write(file, with_cell(3, 2, 4))
    edited(file, {SHEET_1: swapped('<c r="C3"><v>4</v></c>', f'<c r="C3" t="e"><v>{error}</v></c>')})
    assert place(only_finding(file)) == ("cell_type", "virksomhet", 3, "svar", error)


@pytest.mark.parametrize("number", ["NaN", "inf", "1e999"])
def test_number_that_is_none_is_refused(file: Path, number: str) -> None:
    edited(write(file, with_cell(3, 2, 4)), {SHEET_1: swapped('<c r="C3"><v>4', f'<c r="C3"><v>{number}')})
    finding = only_finding(file)
    assert place(finding)[:4] == ("cell_type", "virksomhet", 3, "svar")
    assert finding.problem == "the cell holds no finite number"


@pytest.mark.parametrize("text", ["4", "fire", " 4", "4,0"])
@pytest.mark.parametrize(("place_", "name", "data_type"), [(2, "svar", "code"), (3, "vekt", "weight")])
def test_text_where_numbers_belong_is_refused(file: Path, text: str, place_: int, name: str, data_type: str) -> None:
    finding = only_finding(write(file, with_cell(4, place_, text)))
    assert place(finding) == ("text_for_numbers", "virksomhet", 4, name, text)
    assert data_type in finding.problem


def test_blank_text_where_numbers_belong_is_a_blank(file: Path) -> None:
    extracts, findings = read(write(file, with_cell(4, 2, "  ")))
    assert [row[3] for row in table(extracts[0])] == ["4", "0", ""]
    assert not findings


@pytest.mark.parametrize("value", [2, "tekst", "", True, "#N/A"])
def test_formula_is_refused_with_or_without_what_it_gave(file: Path, value: object) -> None:
    def put(book: xlsxwriter.Workbook) -> None:
        book.get_worksheet_by_name("virksomhet").write_formula("C3", "=1+SUM(D2:D4)", None, value)

    assert place(only_finding(write(file, GOOD, put))) == ("formula", "virksomhet", 3, "svar", "=1+SUM(D2:D4)")


def test_formula_outside_the_table_and_one_shared_by_cells_are_refused(file: Path) -> None:
    first = '<c r="C3"><f t="shared" ref="C3:C4" si="0">D3+1</f><v>0</v></c>'
    write(file, GOOD, lambda book: book.get_worksheet_by_name("virksomhet").write_formula("H9", "=D2"))
    edited(file, {SHEET_1: swapped('<c r="C3"><v>0</v></c>', first)})
    edited(file, {SHEET_1: swapped('<c r="C4"><v>99</v></c>', '<c r="C4"><f t="shared" si="0"/><v>99</v></c>')})
    assert [place(finding)[2:] for finding in findings_of(file)] == [
        (3, "svar", "=D3+1"),
        (4, "svar", "="),
        (9, "(column 8, without a name)", "=D2"),
    ]


@pytest.mark.parametrize(("row", "name"), [(1, "=merknad"), (3, "merknad")])
@pytest.mark.parametrize("text", ["=merknad", ' =HYPERLINK("x")'])
def test_text_of_a_formula_is_refused(file: Path, row: int, name: str, text: str) -> None:
    finding = only_finding(write(file, with_cell(row, 4, text)))
    assert place(finding)[:3] == ("formula", "virksomhet", row)
    assert finding.column == (text.strip().lower() if row == 1 else name)
    assert finding.value == text


@pytest.mark.parametrize(
    ("area", "row", "name"), [("A1:B1", 1, "id"), ("C3:C4", 3, "svar"), ("A2:E3", 2, "id"), ("E4:Z99", 4, "merknad")]
)
def test_merged_cells_are_refused(file: Path, area: str, row: int, name: str) -> None:
    merged = f'</sheetData><mergeCells count="1"><mergeCell ref="{area}"/></mergeCells>'
    edited(write(file, GOOD), {SHEET_1: swapped("</sheetData>", merged)})
    assert place(only_finding(file)) == ("merged_cells", "virksomhet", row, name, area)


def test_a_thousand_formulas_are_kept_and_all_counted(file: Path) -> None:
    def put(book: xlsxwriter.Workbook) -> None:
        for row in range(1, 1502):
            book.get_worksheet_by_name("virksomhet").write_formula(row, 2, "=1")

    _, findings = read(write(file, GOOD, put))
    assert (len(findings), len(findings.kept)) == (1501, 1000)
    assert findings.kept[-1].row == 1001


def test_cells_of_respondents_are_not_shown(file: Path) -> None:
    findings = Findings(has_respondents=True)
    extracts = read_xlsx(write(file, with_cell(4, 2, "ola@nordmann.no")), SURVEY, 2020, findings)
    table(extracts[0])
    (finding,) = findings
    assert finding.value == "(respondent, not shown)"
    assert "nordmann" not in finding.problem + finding.remedy + finding.column


# Files that are refused.


def ole(_: bytes) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)


def archive_of(name: str) -> Callable[[bytes], bytes]:
    def make(_: bytes) -> bytes:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as package:
            package.writestr(name, b"\0\1\2")
        return content.getvalue()

    return make


def encrypted(content: bytes) -> bytes:
    """Every part marked as behind a password."""
    for signature, at in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        pieces = content.split(signature)
        content = signature.join([pieces[0], *(p[: at - 4] + b"\1\0" + p[at - 2 :] for p in pieces[1:])])
    return content


@pytest.mark.parametrize(
    ("spoil", "rule", "says"),
    [
        (lambda _: b"", "empty_file", "empty"),
        (ole, "file_type", "is an old Office document such as .xls, or one behind a password"),
        (lambda _: b"id;svar\r\n1;4\r\n", "file_type", "no Excel workbook"),
        (lambda _: b"<html><table></table></html>", "file_type", "is an HTML page"),
        (lambda _: b"$FL2@(#) SPSS DATA FILE", "file_type", "is an SPSS file"),
        (lambda _: b"PK", "truncated", "cut off"),
        (archive_of("xl/workbook.bin"), "file_type", ".xlsb"),
        (archive_of("content.xml"), "file_type", "is an OpenDocument file"),
        (archive_of("word/document.xml"), "file_type", "is a Word document"),
        (archive_of("kommuner.csv"), "file_type", "is a zip archive that holds kommuner.csv"),
        (archive_of("xl/styles.xml"), "damaged", "the part that names its sheets is missing"),
        (lambda content: content[:-1], "truncated", "cut off"),
        (lambda content: content[: len(content) // 2], "truncated", "cut off"),
        (lambda content: content + b"\r\n", "truncated", "something is attached"),
        (lambda content: b"PK" + content, "truncated", "something is attached"),
        (encrypted, "file_type", "is a zip archive behind a password"),
    ],
)
def test_file_that_is_no_workbook_is_refused(file: Path, spoil: Callable[[bytes], bytes], rule: str, says: str) -> None:
    file.write_bytes(spoil(write(file, GOOD).read_bytes()))
    finding = only_finding(file)
    assert place(finding) == (rule, "", None, "", "itip.xlsx")
    assert says in finding.problem


@pytest.mark.parametrize(
    ("part", "change", "says"),
    [
        (SHEET_1, lambda content: content[:-40], "its XML breaks off"),
        (SHEET_1, lambda _: b"", "its XML breaks off"),
        (SHEET_1, None, "is missing"),
        (STRINGS, None, "there is no shared text"),
        (STRINGS, swapped("</si>", ""), "its XML breaks off"),
        (SHEET_1, swapped('r="B2"', 'r="A2"'), "row 2, column 1 stands where it cannot"),
        (SHEET_1, swapped('r="B2"', 'r="B3"'), "row 3, column 2 stands where it cannot"),
        (SHEET_1, swapped('row r="2"', 'row r="4"'), "stands where it cannot"),
        (SHEET_1, swapped('r="E4"', 'r="ZZZ4"'), "stands where it cannot"),
        (SHEET_1, swapped('r="E4"', 'r="ZZZZ4"'), "there is no cell ZZZZ4"),
        (SHEET_1, swapped('row r="4"', 'row r="4294967295"'), "stands where it cannot"),
        (
            SHEET_1,
            swapped("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A:"/></mergeCells>'),
            "merged cells of it",
        ),
        ("xl/workbook.xml", swapped('sheetId="2"', 'sheetId="2" state="gone"'), "the list of sheets cannot be read"),
        (SHEET_1, swapped("</sheetData>", "</sheetData><sheetData></sheetData>"), "two tables"),
        (SHEET_1, swapped("<v>301", "<v>3<!-- -->01"), "broken up"),
        (SHEET_1, swapped("<v>301", "<v><![CDATA[301]]>"), "broken up"),
        (SHEET_1, swapped("<v>301", "<v><?x?>301"), "broken up"),
        (SHEET_1, swapped("<v>301", "<v><b/>301"), "broken up"),
        (
            SHEET_1,
            swapped('t="s"', 't="x"'),
            "the sheet virksomhet, a cell or merged cells of it, cannot be read (Unknown cell",
        ),
        (SHEET_1, swapped('t="s"><v>0', 't="s"><v>-1'), "there is no shared text"),
        (SHEET_1, swapped('t="s"><v>0', 't="s"><v>x'), "cannot be taken apart"),
        (STRINGS, lambda content: re.sub(rb'uniqueCount="\d+"', b'uniqueCount="99999999999"', content), "announces"),
        (SHEET_1, swapped("<worksheet", '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet'), "declares XML entities"),
        (STRINGS, swapped("<sst", '<!DOCTYPE x SYSTEM "file:///etc/passwd"><sst'), "declares XML entities"),
        ("xl/workbook.xml", swapped('r:id="rId2"', 'r:id="rId1"'), "is missing, or another sheet, too"),
        ("xl/workbook.xml", swapped('r:id="rId2"', 'r:id="rId99"'), "is missing"),
        ("xl/_rels/workbook.xml.rels", None, "is missing"),
    ],
)
def test_damaged_parts_are_refused(file: Path, part: str, change: Callable[[bytes], bytes] | None, says: str) -> None:
    edited(write(file, GOOD), {part: change})
    finding = only_finding(file)
    assert place(finding) == ("damaged", "", None, "", "itip.xlsx")
    assert says in finding.problem


def test_two_parts_with_one_name_are_refused(file: Path) -> None:
    with zipfile.ZipFile(write(file, GOOD), "a") as package:
        package.writestr("xl/Worksheets/Sheet1.xml", b"<worksheet/>")
    finding = only_finding(file)
    assert finding.rule == "damaged" and "same name" in finding.problem


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
@pytest.mark.parametrize("is_damaged", [True, False])
def test_parts_packed_as_no_spreadsheet_program_does_are_refused(file: Path, method: int, is_damaged: bool) -> None:
    with zipfile.ZipFile(write(file, GOOD)) as package:
        parts = {info.filename: package.read(info) for info in package.infolist()}
    with zipfile.ZipFile(file, "w", method) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    if is_damaged:
        data = bytearray(file.read_bytes())
        data[60:260] = bytes(byte ^ 0xFF for byte in data[60:260])
        file.write_bytes(data)
    finding = only_finding(file)
    assert finding.rule == "damaged" and "packed in a way" in finding.problem


def test_limit_is_that_of_the_unpacked_file(file: Path) -> None:
    with zipfile.ZipFile(write(file, GOOD)) as package:
        unpacked = sum(info.file_size for info in package.infolist())
    assert findings_of(file, max_unpacked=unpacked) == []
    finding = only_finding(file, max_unpacked=unpacked - 1)
    assert finding.rule == "too_large_unpacked"
    assert f"{unpacked - 1:,} bytes" in finding.problem and "TILSTAND_MAX_EXTRACT_MB" in finding.remedy


def test_bomb_is_counted_while_it_unpacks_whatever_its_directory_says(file: Path) -> None:
    size = 50_000_000
    with zipfile.ZipFile(write(file, GOOD), "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/media/image1.png", bytes(size))
    content = file.read_bytes()
    assert len(content) < 100_000
    for said in (size, 10):
        file.write_bytes(content.replace(size.to_bytes(4, "little"), said.to_bytes(4, "little")))
        assert only_finding(file, max_unpacked=10_000_000).rule == "too_large_unpacked"


def test_parts_that_lie_on_each_other_count_each(file: Path) -> None:
    """Many entries of the directory, one piece of data: what is called an overlapping bomb."""
    with zipfile.ZipFile(write(file, GOOD), "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/media/a", bytes(1_000_000))
        info = package.getinfo("xl/media/a")
        for n in range(50):
            twin = zipfile.ZipInfo(f"xl/media/{n}")
            for name in ("header_offset", "CRC", "compress_size", "file_size", "compress_type", "flag_bits"):
                setattr(twin, name, getattr(info, name))
            package.filelist.append(twin)
    # Python looks for this itself from 3.11.8 on.
    assert only_finding(file, max_unpacked=10_000_000).rule in ("damaged", "too_large_unpacked")


def test_package_of_too_many_parts_is_refused(file: Path) -> None:
    with zipfile.ZipFile(write(file, GOOD), "a") as package:
        for n in range(12_000):
            package.writestr(f"xl/media/a-long-name-of-an-image-{n:08}", b"")
    finding = only_finding(file)
    assert finding.rule == "too_large_unpacked" and "too many parts" in finding.problem


def test_cell_far_away_is_refused_before_it_is_laid_out(file: Path) -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    edited(write(file, GOOD), {SHEET_1: swapped("</sheetData>", far)})
    finding = only_finding(file)
    assert place(finding) == ("too_large_unpacked", "", None, "", "itip.xlsx")
    assert "sheet virksomhet" in finding.problem and "row 1048576, column 16384" in finding.problem


def test_bound_of_the_rectangle_takes_width_and_height_from_different_cells(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_sheet, "MAX_CELLS", 20)  # five columns, four rows
    assert findings_of(write(file, GOOD)) == []
    finding = only_finding(write(file, good(virksomhet=[*GOOD["virksomhet"], ["d"]])))
    assert finding.rule == "too_large_unpacked" and "row 5, column 1" in finding.problem


def test_text_that_is_shared_by_many_cells_counts_for_each(file: Path) -> None:
    rows: Rows = [["id", "merknad"], *([n, "x" * 30_000] for n in range(400))]
    write(file, good(virksomhet=rows))
    assert findings_of(file) == []
    finding = only_finding(file, max_unpacked=11_999_999)
    assert finding.rule == "too_large_unpacked"
    assert finding.problem == "sheet virksomhet: its texts are too large, repeated as often as the cells do"


# Whatever comes.

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
READABLE = TEXTS.filter(
    lambda text: text.strip() and not text.strip().startswith("=") and "_x" not in text and not mangled_passage(text)
)
NUMBERS = st.integers(-(10**15), 10**15) | st.floats(-1e15, 1e15).map(lambda number: float(f"{number:.12g}"))


@given(st.lists(st.tuples(READABLE, NUMBERS), min_size=1, max_size=8))
@examples(max_examples=60)
def test_texts_and_numbers_come_back_as_they_were(rows: list[tuple[str, float]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sheets = good(virksomhet=[["id", "vekt"], *map(list, rows)])
        extracts, findings = read(write(Path(folder) / "a.xlsx", sheets))
        back = table(extracts[0])
    assert not findings
    assert [text for _, text, _ in back] == [text for text, _ in rows]
    assert [float(number) for _, _, number in back] == [number for _, number in rows]
    assert all("." not in text for (_, _, text), (_, number) in zip(back, rows, strict=True) if number == int(number))


def whole(folder: Path) -> bytes:
    return write(folder / "whole.xlsx", GOOD).read_bytes()


def harmless(content: bytes, folder: Path) -> None:
    """Whether a file gives findings or its rows, and nothing else."""
    file = folder / "damaged.xlsx"
    file.write_bytes(content)
    extracts, findings = read(file)
    assert findings or extracts
    for extract in extracts or []:
        assert all(len(row) == len(extract.header) + 1 for row in table(extract))


DAMAGE = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6)


@pytest.mark.slow
@given(DAMAGE)
@examples(max_examples=300)
def test_damaged_file_gives_findings_or_its_rows(damage: list[tuple[float, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        content = bytearray(whole(Path(folder)))
        for where, byte in damage:
            content[int(where * len(content))] = byte
        harmless(bytes(content), Path(folder))


PARTS = [SHEET_1, STRINGS, "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"]
PIECES = st.sampled_from([*'<>/"= &rtsvf', "9", "99999999", "ZZZ", "-1", "<c>", "</c>", "<row/>", "\x00", "ø"])


@pytest.mark.slow
@given(st.sampled_from(PARTS), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 9), PIECES), min_size=1, max_size=4))
@examples(max_examples=300)
@example(SHEET_1, [(0.5, 0, "9999999")])
def test_damaged_xml_gives_findings_or_its_rows(part: str, damage: list[tuple[float, int, str]]) -> None:
    def spoil(content: bytes) -> bytes:
        for where, n_lost, piece in damage:
            at = int(where * len(content))
            content = content[:at] + piece.encode() + content[at + n_lost :]
        return content

    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder) / "whole.xlsx", GOOD)
        harmless(edited(file, {part: spoil}).read_bytes(), Path(folder))


def test_file_may_be_cut_anywhere_and_is_never_read_in_part(file: Path) -> None:
    content = write(file, GOOD).read_bytes()
    for length in range(0, len(content), 61):
        file.write_bytes(content[:length])
        assert only_finding(file).rule in ("truncated", "empty_file", "file_type"), length
