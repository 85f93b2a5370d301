"""The catalogue of what can be wrong with a delivery: how each is made, and what the report must say.

Not here: the checks on the outcome (test_ingest_refuses).
"""

import io
import os
import shutil
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.ingest.findings import NOT_SHOWN
from tests.unit.extracts import (
    Extract,
    SavExtract,
    Workbook,
    benchmark_extract,
    goals_extract,
    innbygger_extract,
    itip_extract,
    key_figures_extract,
    kommune_extract,
    un_extract,
)

KOMMUNE, UN = "ssb_kommune/2018", "international/un_egdi/2018"
KOMMUNE_FILE, UN_FILE = f"{KOMMUNE}/kommuner.csv", f"{UN}/egdi.csv"
INNBYGGER, INNBYGGER_OLD = "dfo_innbygger/2021", "dfo_innbygger/2019"  # 0..10, and 1..7
SAV = "innbyggere.sav"
ITIP, DIGDIR, BENCHMARK = "itip/2021", "digdir/2021", "international/egov_benchmark/2023"
XLSX = "itip.xlsx"


@dataclass(frozen=True)
class Broken:
    """`spoil` turns a valid landing into a broken one; the report lies in `folder`."""

    name: str
    spoil: Callable[[Path], object]
    rule: str
    row: str = ""
    column: str = ""
    value: str = ""
    folder: str = KOMMUNE
    says: str = ""
    sheet: str = ""


def kommune(change: Callable[[Extract], object], encoding: str | None = None) -> Callable[[Path], object]:
    """Write the kommune extract of 2018 with a change."""

    def spoil(landing: Path) -> None:
        extract = kommune_extract(2018)
        change(extract)
        extract.write(landing / KOMMUNE_FILE, encoding)

    return spoil


def cell(row: int, column: str, value: str) -> Callable[[Path], object]:
    return kommune(lambda extract: extract.set(row, column, value))


def un_cell(row: int, column: str, value: str) -> Callable[[Path], object]:
    return lambda landing: un_extract().set(row, column, value).write(landing / UN_FILE)


def content(change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    """Change the bytes of the kommune file of 2018, which is UTF-8 with BOM here."""

    def spoil(landing: Path) -> None:
        delivered = b"\xef\xbb\xbf" + kommune_extract(2018).text().encode()
        (landing / KOMMUNE_FILE).write_bytes(change(delivered))

    return spoil


def beside(name: str, text: str) -> Callable[[Path], object]:
    """Put another file somewhere into landing/."""

    def spoil(landing: Path) -> None:
        (landing / name).parent.mkdir(parents=True, exist_ok=True)
        (landing / name).write_text(text, encoding="utf-8")

    return spoil


def moved(to: str) -> Callable[[Path], object]:
    """Rename the kommune file of 2018, or take it away where `to` is empty."""

    def spoil(landing: Path) -> None:
        file = landing / KOMMUNE_FILE
        if to:
            file.rename(landing / to)
        else:
            file.unlink()

    return spoil


def folder_for_file(landing: Path) -> None:
    moved("")(landing)
    (landing / KOMMUNE_FILE).mkdir()


def dangling_link(landing: Path) -> None:
    moved("")(landing)
    (landing / KOMMUNE_FILE).symlink_to(landing / "nowhere.csv")


def link_out(landing: Path) -> None:
    (landing / KOMMUNE_FILE).rename(landing.parent / "elsewhere.csv")
    (landing / KOMMUNE_FILE).symlink_to(landing.parent / "elsewhere.csv")


def dangling_wave(landing: Path) -> None:
    """What a share that is not mounted looks like."""
    shutil.rmtree(landing / KOMMUNE)
    (landing / KOMMUNE).symlink_to(landing / "nowhere")


def pipe(landing: Path) -> None:
    moved("")(landing)
    os.mkfifo(landing / KOMMUNE_FILE)


def in_another_way(delimiter: str) -> Callable[[Path], object]:
    """Between other delimiters, and without a column: what it should be cannot be told by its header."""

    def change(extract: Extract) -> None:
        extract.delimiter = delimiter
        without("sky")(extract)

    return kommune(change)


def kommune_text(change: Callable[[str], str]) -> Callable[[Path], object]:
    """Change the text of the kommune file of 2018."""
    return content(lambda delivered: change(delivered.decode("utf-8-sig")).encode())


def quoted_with(delimiter: str, text: str) -> str:
    """As R's write.csv does it: every text in quotation marks."""
    return "\r\n".join(delimiter.join(f'"{cell}"' for cell in line.split(";")) for line in text.split("\r\n"))


def cut_in_last_row(delivered: bytes) -> bytes:
    """What is left of a copy that stopped: the last row ends after its third cell."""
    return b";".join(delivered.rstrip().rpartition(b"\n")[2].split(b";")[:3]).join(
        [delivered.rstrip().rpartition(b"\n")[0] + b"\n", b""]
    )


def without(column: str) -> Callable[[Extract], object]:
    def change(extract: Extract) -> None:
        position = extract.header.index(column)
        for line in [extract.header, *extract.rows]:
            del line[position]

    return change


def with_column(name: str) -> Callable[[Extract], object]:
    def change(extract: Extract) -> None:
        extract.header.append(name)
        for line in extract.rows:
            line.append("1")

    return change


def renamed(old: str, new: str) -> Callable[[Extract], object]:
    return lambda extract: extract.header.__setitem__(extract.header.index(old), new)


def lost_cell(extract: Extract) -> None:
    extract.rows[1].pop()


def extra_cell(extract: Extract) -> None:
    extract.rows[1].append("1")


def answered_without_strategy(extract: Extract) -> None:
    extract.set(3, "strategi", "2").set(3, "strategi_omr_04", "0")
    for number in range(1, 16):
        if number != 4:
            extract.set(3, f"strategi_omr_{number:02}", "")


UNREADABLE = [
    Broken("no bytes", content(lambda _: b""), "empty_file"),
    Broken("a byte order mark and nothing else", content(lambda b: b[:3] + b"\r\n"), "empty_file"),
    Broken("a header without rows", kommune(lambda e: e.rows.clear()), "no_rows"),
    Broken("comma for semicolon, not all columns", in_another_way(","), "delimiter", "1", value=",", says="semicolon"),
    Broken("tab for semicolon, not all columns", in_another_way("\t"), "delimiter", "1", value="'\t", says="tab"),
    Broken(
        "quoted names between commas, not all columns",
        kommune_text(lambda text: quoted_with(",", text.replace(";sky;", ";"))),
        "delimiter",
        "1",
        value=",",
    ),
    Broken("a title above the header", kommune_text("Kommuner\r\n\r\n{}".format), "header_row", "1", says="row 3"),
    Broken("UTF-16", kommune(lambda e: None, "utf-16"), "encoding", "1", value="0x00", says="UTF-16"),
    Broken(
        "a spreadsheet named .csv",
        content(lambda _: b"PK\x03\x04\x14\x00\x06\x00"),
        "file_type",
        value="kommuner.csv",
        says="zip archive",
    ),
    Broken(
        "a NUL byte in row 3",
        content(lambda b: b.replace(b"0301", b"03\x001")),
        "encoding",
        "3",
        value="0x00",
        says="NUL",
    ),
    Broken(
        "a Windows-1252 letter in UTF-8",
        content(lambda b: b.replace("Oslo på".encode(), b"Oslo p\xe5")),
        "encoding",
        "3",
        value="0xE5",
    ),
    Broken(
        "a byte that is no letter",
        content(lambda b: b[3:].replace(b"Oslo", b"\x81slo")),
        "encoding",
        "3",
        value="0x81",
    ),
    Broken(
        "UTF-8 taken for Windows-1252 and saved again",
        content(lambda b: b[3:].replace(b"Oslo", "SkÃ¸yen".encode())),
        "encoding",
        "3",
        value="0301;SkÃ¸yen på øya;2000",
    ),
    Broken(
        "DOS code page 865",
        content(lambda b: b[3:].decode().replace("ø", "").encode("cp865")),
        "encoding",
        "3",
        value="0301;Oslo p† ya;2000;2;;;;;",
    ),
    Broken(
        "cut off in the last row",
        content(cut_in_last_row),
        "truncated",
        "6",
        "folkemengde",
        "5000",
        says="3 cells",
    ),
    Broken(
        "cut off in a quotation",
        content(lambda b: b.replace(b"Stavanger", b'"Stavanger')),
        "truncated",
        "4",
        value='1103;"Stavanger på øya;3000;1;',
        says="read to its end",
    ),
    Broken("a row with a cell too few", kommune(lost_cell), "row_length", "3", "tjeneste_03", "1"),
    Broken("a row with a cell too many", kommune(extra_cell), "row_length", "3", "", "1"),
    Broken(
        "the same column twice",
        kommune(with_column(" Folkemengde")),
        "duplicate_column",
        "1",
        "folkemengde",
        " Folkemengde",
    ),
    Broken("a dangling link", dangling_link, "unreadable", value="kommuner.csv"),
    Broken("a pipe", pipe, "unreadable", value="kommuner.csv", says="a pipe or a device"),
]

COLUMNS = [
    Broken("an answer column missing", kommune(without("sky_07")), "missing_column", "1", "sky_07"),
    Broken("no inhabitants", kommune(without("folkemengde")), "missing_column", "1", "folkemengde"),
    Broken("an unknown column", kommune(with_column("dato")), "unmapped_column", "1", "dato", "dato"),
    Broken(
        "a misspelt column",
        kommune(renamed("strategi", "stratgi")),
        "unmapped_column",
        "1",
        "stratgi",
        "stratgi",
        says="did you mean strategi?",
    ),
    Broken(
        "a column without a name",
        kommune(with_column("")),
        "unmapped_column",
        "1",
        "(column 78, without a name)",
    ),
]

KEYS = [
    Broken(
        "a kommune twice",
        cell(5, "kommunenr", "0301"),
        "duplicate_key",
        "5",
        "kommunenr",
        "0301",
        says="row 3",
    ),
    Broken(
        "a kommune twice, once without its zero",
        cell(5, "kommunenr", "301"),
        "duplicate_key",
        "5",
        "kommunenr",
        "0301",
    ),
    Broken("a country twice", un_cell(4, "country-code", "DNK"), "duplicate_key", "4", "country-code", "DNK", UN),
    Broken("no kommune number", cell(4, "kommunenr", " "), "missing_value", "4", "kommunenr"),
    Broken("a name for a number", cell(4, "kommunenr", "Oslo"), "kommunenr_format", "4", "kommunenr", "Oslo"),
    Broken(
        "a kommune number with a tab",
        cell(4, "kommunenr", "1103\t"),
        "kommunenr_format",
        "4",
        "kommunenr",
        "1103\t",
        says="tab",
    ),
    Broken("a number too long", cell(4, "kommunenr", "03010"), "kommunenr_format", "4", "kommunenr", "03010"),
    Broken(
        "a kommune that comes later",
        cell(2, "kommunenr", "3001"),
        "kommunenr_not_valid",
        "2",
        "kommunenr",
        "3001",
        says="from 2020-01-01 to 2024-01-01, not on 2018-01-01; it took over from 0101 Halden",
    ),
    Broken(
        "a kommune that is no more",
        cell(5, "kommunenr", "1601"),
        "kommunenr_not_valid",
        "5",
        "kommunenr",
        "1601",
        says="its successor is 5001 Trondheim",
    ),
    Broken(
        "a kommune that never was",
        cell(5, "kommunenr", "9999"),
        "kommunenr_not_valid",
        "5",
        "kommunenr",
        "9999",
        says="no kommune has had",
    ),
    Broken("an index in per cent", un_cell(3, "e-gov-index", "88"), "share_range", "3", "e-gov-index", "88", UN),
    Broken("a country that is none", un_cell(3, "country-code", "TKY"), "country_code", "3", "country-code", "TKY", UN),
    Broken("small letters", un_cell(3, "country-code", "est"), "country_code", "3", "country-code", "est", UN),
]


def inhabitants(name: str, value: str, says: str = "whole number") -> Broken:
    spoil = kommune(lambda extract: extract.set(3, "folkemengde", value), "utf-8")
    return Broken(name, spoil, "positive_integer", "3", "folkemengde", value, says=says)


def function_code(name: str, value: str, says: str = "1 Utelukkende interne") -> Broken:
    return Broken(name, cell(3, "funksjon_01", value), "code_not_in_frame", "3", "funksjon_01", value, says=says)


VALUES = [
    Broken("inhabitants blank", cell(3, "folkemengde", ""), "missing_value", "3", "folkemengde"),
    inhabitants("inhabitants with a no-break space", "12\xa0345", "space"),
    inhabitants("inhabitants with a thin space", "12\u2009345", "space"),
    inhabitants("inhabitants with a point", "12.345", "thousands or as decimals"),
    inhabitants("inhabitants with three decimals", "12,000", "thousands or as decimals"),
    inhabitants("inhabitants with a half", "12,5"),
    inhabitants("inhabitants negative", "-12"),
    inhabitants("inhabitants zero", "0"),
    inhabitants("inhabitants in words", "ukjent"),
    inhabitants("inhabitants beyond all bounds", "9" * 12),
    function_code("a code outside the frame", "7"),
    function_code("a label for a code", "Ja"),
    function_code("a code with a decimal point", "1.0", "only the exact code 1"),
    function_code("a code with a decimal comma", "1,0", "only the exact code 1"),
    function_code("a code with a no-break space", "1\xa0", "a tab or no-break space"),
    function_code("a code with a leading zero", "01", "only the exact code 1"),
    Broken(
        "an answer where the filter says none",
        kommune(answered_without_strategy),
        "filtered_answer",
        "3",
        "strategi_omr_04",
        "0",
        says="strategi is 2",
    ),
    Broken("a decimal comma", un_cell(2, "e-gov-index", "0,9"), "number", "2", "e-gov-index", "0,9", UN),
    Broken("no number", un_cell(2, "e-gov-index", "n/a"), "number", "2", "e-gov-index", "n/a", UN),
    Broken(
        "a rank below one",
        un_cell(2, "e-gov-rank", "-1.0"),
        "positive_integer",
        "2",
        "e-gov-rank",
        "-1.0",
        UN,
    ),
]

PLACES = [
    Broken("two files", beside(f"{KOMMUNE}/kopi.csv", "x"), "several_files", value="kommuner.csv, kopi.csv"),
    Broken("a shard beside it", beside(f"{KOMMUNE}/a.parquet", "x"), "mixed_formats", value="a.parquet, kommuner.csv"),
    Broken("a spreadsheet", moved(f"{KOMMUNE}/kommuner.xlsx"), "file_type", value="kommuner.xlsx"),
    Broken("a folder for a file", folder_for_file, "file_type", value="kommuner.csv"),
    Broken("an empty wave", moved(""), "empty_folder"),
    Broken(
        "a wave that is no year",
        beside("ssb_kommune/2018 endelig/kommuner.csv", "x"),
        "wave_name",
        folder="ssb_kommune/2018 endelig",
    ),
    Broken(
        "a wave without codebook rows",
        beside("ssb_kommune/2019/kommuner.csv", "x"),
        "unknown_wave",
        folder="ssb_kommune/2019",
        says="it knows 2018, 2022",
    ),
    Broken(
        "a survey that nobody knows",
        beside("ssb_komune/2018/kommuner.csv", "x"),
        "unknown_survey",
        value="ssb_komune",
        folder="ssb_komune",
    ),
    Broken(
        "an unknown survey in a group",
        beside("international/un_edgi/2018/egdi.csv", "x"),
        "unknown_survey",
        value="international/un_edgi",
        folder="international/un_edgi",
    ),
    Broken("a file in landing itself", beside("x.csv", "x"), "stray_file", value="x.csv", folder=""),
    Broken(
        "a file outside its wave",
        beside("ssb_kommune/x.csv", "x"),
        "stray_file",
        value="x.csv",
        folder="ssb_kommune",
    ),
    Broken("provenance that is no YAML", beside(f"{KOMMUNE}/SOURCE.yml", "note: [a\nb: {"), "provenance"),
    Broken("another name for SOURCE.yml", beside(f"{KOMMUNE}/SOURCE.yaml", ""), "source_name", value="SOURCE.yaml"),
    Broken("checksums", beside(f"{KOMMUNE}/kommuner.csv.md5", "x"), "checksum_file", value="kommuner.csv.md5"),
    Broken("a link out of landing", link_out, "link_leaves_landing", value="kommuner.csv"),
    Broken("a wave that is a link into the void", dangling_wave, "unreadable", value="2018", says="the folder"),
]


def source(name: str, text: str, column: str = "", value: str = "", says: str = "") -> Broken:
    return Broken(name, beside(f"{KOMMUNE}/SOURCE.yml", text), "provenance", "", column, value, says=says)


LAUGHS = "a0: &a0 ha\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}ha]\n" for n in range(1, 12))

SOURCES = [
    source("provenance that is no YAML", "note: [a\nb: {"),
    source("provenance that is a list", "- SSB", value="'- SSB"),
    source("provenance that is a text", "SSB", value="SSB"),
    source("provenance with no date", "retrieved: 2023-13-45"),
    source("provenance beyond the limit", "note: " + "x" * 64_000, says="the limit is 64,000"),
    source("provenance that unfolds without end", LAUGHS, says="alias"),
    source("provenance with a repeated value", "note: &a lang\nurl: *a", says="(line 2)"),
    source("provenance with a list in it", "producer: SSB\nurl: [a, b]", "url", says="line 2"),
    source("provenance with an entry in it", "producer:\n  name: SSB", "producer", says="line 1"),
    source("provenance with bytes in it", "note: !!binary aGVp", "note"),
    source("provenance with a list as key", "? [a]\n: b", says="line 1"),
    source("provenance with no number", "note: .nan", says="Out of range"),
    source("provenance that runs something", "note: !!python/object/apply:os.getcwd []", "note"),
    source("synthetic neither true nor false", "synthetic: 'true'", "synthetic", "true"),
    source("synthetic in Norwegian", "syntetisk: true", "syntetisk", "True", says="may be meant as synthetic"),
    source("synthetic said at length", "Is_Synthetic: false", "Is_Synthetic", "False"),
    source("synthetic misspelt", "sythetic: true", "sythetic", "True"),
    source("synthetic twice", "synthetic: false\nSYNTHETIC: true", "synthetic", "True", says="line 2"),
    Broken(
        "two files of provenance",
        lambda landing: [beside(f"{KOMMUNE}/{name}", "")(landing) for name in ("SOURCE.yml", "source.yml")],
        "several_files",
        value="SOURCE.yml, source.yml",
    ),
]


def innbygger(*changes: Callable[[SavExtract], object], folder: str = INNBYGGER) -> Callable[[Path], object]:
    """Write an extract of the citizens' survey with changes."""

    def spoil(landing: Path) -> None:
        extract = innbygger_extract(int(folder[-4:]))
        for change in changes:
            change(extract)
        extract.write(landing / folder / SAV)

    return spoil


def sav_bytes(change: Callable[[bytes], bytes], **options: bool) -> Callable[[Path], object]:
    """Change the bytes of an extract of the citizens' survey."""

    def spoil(landing: Path) -> None:
        file = innbygger_extract(2021).write(landing / INNBYGGER / SAV, **options)
        file.write_bytes(change(file.read_bytes()))

    return spoil


def answer(name: str, case: int, column: str, value: object, rule: str, shown: str, **more: str) -> Broken:
    folder = more.setdefault("folder", INNBYGGER)
    return Broken(
        name, innbygger(lambda e: e.set(case, column, value), folder=folder), rule, str(case), column, shown, **more
    )


def label(name: str, code: float, text: str, rule: str, folder: str = INNBYGGER, says: str = "") -> Broken:
    """Another label for a code of the question of personvern."""

    def change(extract: SavExtract) -> None:
        extract.labels["q_personvern"][code] = text

    return Broken(
        name, innbygger(change, folder=folder), rule, "", "q_personvern", f"{code:.0f} {text}", folder=folder, says=says
    )


def as_text(name: str, column: str) -> Broken:
    def change(extract: SavExtract) -> None:
        extract.columns[column] = [str(value) for value in extract.columns[column]]
        extract.labels.pop(column, None)
        extract.missing.pop(column, None)

    return Broken(name, innbygger(change), "text_for_numbers", "", column, folder=INNBYGGER, says="as text")


def with_encoding(delivered: bytes, name: bytes, number: int) -> bytes:
    """Let the file say that its text is in another encoding than UTF-8."""
    said = struct.pack("<iiii", 7, 20, 1, 5) + b"UTF-8"
    integers = struct.pack("<iiii", 7, 3, 4, 8)
    assert delivered.count(said) == delivered.count(integers) == 1
    at = delivered.index(integers) + len(integers) + 28
    changed = delivered[:at] + struct.pack("<i", number) + delivered[at + 4 :]
    return changed.replace(said, struct.pack("<iiii", 7, 20, 1, len(name)) + name)


def same_name_twice(delivered: bytes) -> bytes:
    """What SPSS itself cannot write, and other programs can."""
    return delivered.replace(b"KJONN", b"ALDER").replace(b"kjonn", b"alder")


def promising(n_cases: int) -> Callable[[bytes], bytes]:
    return lambda delivered: delivered[:80] + struct.pack("<i", n_cases) + delivered[84:]


def doubled(extract: SavExtract) -> None:
    """A column twice; SPSS does not tell names by case."""
    extract.columns["Q_Personvern"] = extract.columns["q_personvern"]


def shorter_label(delivered: bytes) -> bytes:
    """A byte of Windows-1252 in a file that says it is UTF-8, of the same length."""
    assert "Svært dårlig".encode() in delivered
    return delivered.replace("Svært dårlig".encode(), b"Sv\xe6rt d\xe5rlig  ")


def sav(name: str, spoil: Callable[[Path], object], rule: str, **more: str) -> Broken:
    return replace(Broken(name, spoil, rule, folder=INNBYGGER), **more)


SAV_UNREADABLE = [
    sav("a .sav without a byte", sav_bytes(lambda _: b""), "empty_file"),
    sav("a spreadsheet named .sav", sav_bytes(lambda _: b"PK\x03\x04" * 99), "file_type", value=SAV, says="$FL2"),
    sav("text named .sav", sav_bytes(lambda _: b"respondent_id;vekt\r\n1;1\r\n"), "file_type", value=SAV),
    sav("nothing behind the first bytes of a .sav", sav_bytes(lambda b: b[:4]), "truncated"),
    sav("a .sav cut off before its variables", sav_bytes(lambda b: b[:300]), "truncated"),
    sav("a .sav cut off in its labels", sav_bytes(lambda b: b[:2500]), "truncated"),
    sav("a .sav cut off in its last case", sav_bytes(lambda b: b[:-9]), "truncated", says="the data hold 4"),
    sav("a .sav cut off between two cases", sav_bytes(lambda b: b[: -(len(b) // 20) // 8 * 8]), "truncated"),
    sav("a packed .sav that is cut off", sav_bytes(lambda b: b[:-9], row_compress=True), "truncated"),
    sav("a .sav packed by zlib that is cut off", sav_bytes(lambda b: b[:-9], compress=True), "truncated"),
    sav("more cases said than there are", sav_bytes(promising(6)), "truncated"),
    sav(
        "fewer cases said than there are",
        sav_bytes(promising(3)),
        "case_count",
        says="the header says 3 cases, the data hold 5",
    ),
    sav("fewer said than there are, packed", sav_bytes(promising(4), row_compress=True), "case_count", says="hold 5"),
    sav("fewer said than there are, zlib", sav_bytes(promising(1), compress=True), "case_count", says="1 case, the"),
    sav(
        "zeros behind the last case",
        sav_bytes(lambda b: b + bytes(4096)),
        "trailing_bytes",
        says="5 cases the file holds 4,096 bytes",
    ),
    sav("zeros behind the last, packed", sav_bytes(lambda b: b + bytes(4096), row_compress=True), "trailing_bytes"),
    sav("bytes behind zlib", sav_bytes(lambda b: b + b"\0", compress=True), "trailing_bytes", says="1 byte"),
    sav(
        "a .sav behind a password",
        sav_bytes(lambda b: b"\x1c" + bytes(7) + b"ENCRYPTEDSAV" + b[20:]),
        "file_type",
        value=SAV,
        says="behind a password",
    ),
    sav("far more cases said than there are", sav_bytes(promising(10**9)), "truncated"),
    sav("variables without cases", innbygger(lambda e: [c.clear() for c in e.columns.values()]), "no_rows"),
    sav("letters of Windows-1252 in UTF-8", sav_bytes(shorter_label), "encoding", says="letters of the file"),
    sav(
        "letters of Windows-1252 in the stratum",
        sav_bytes(lambda b: b.replace("sør".encode(), b"s\xf8r ")),
        "encoding",
        says="letters of the file",
    ),
    sav("an encoding that nobody knows", sav_bytes(lambda b: with_encoding(b, b"x-unknown", 4711)), "encoding"),
    sav(
        "the same .sav column twice",
        innbygger(doubled),
        "duplicate_column",
        column="q_personvern",
        value="Q_Personvern",
    ),
    sav(
        "the very same .sav column twice",
        sav_bytes(same_name_twice),
        "duplicate_column",
        column="alder",
        value="ALDER",
    ),
    sav(
        "a .csv of citizens",
        lambda landing: (landing / INNBYGGER / SAV).rename(landing / INNBYGGER / "innbyggere.csv"),
        "file_type",
        value="innbyggere.csv",
    ),
]

SAV_COLUMNS = [
    sav("no weight", innbygger(lambda e: e.columns.pop("vekt")), "missing_column", column="vekt"),
    sav("no answers", innbygger(lambda e: e.columns.pop("q_personvern")), "missing_column", column="q_personvern"),
    sav(
        "an unknown .sav column",
        innbygger(lambda e: e.columns.update(Dato=e.columns["alder"])),
        "unmapped_column",
        column="dato",
        value="Dato",
    ),
    sav(
        "a misspelt .sav column",
        innbygger(lambda e: e.columns.update(alderr=e.columns.pop("alder"))),
        "unmapped_column",
        column="alderr",
        value="alderr",
        says="did you mean alder?",
    ),
    as_text("weight as text", "vekt"),
    as_text("age as text", "alder"),
    as_text("codes as text", "q_personvern"),
    label("a scale the other way round", 0, "Svært godt", "label_contradicts", says="'Svært dårlig'"),
    label("a minus that was lost", 2, "2", "label_contradicts", INNBYGGER_OLD, says="'−2'"),
    label("a sign that was turned", 2, "+2", "label_contradicts", INNBYGGER_OLD),
    label("a label for a code of another wave", 9999, "Ubesvart", "label_not_in_frame", says="9999"),
    sav(
        "labels in UTF-8 taken for Windows-1252",
        sav_bytes(lambda b: with_encoding(b, b"windows-1252", 1252)),
        "encoding",
        column="q_personvern",
        value="0 SvÃ¦rt dÃ¥rlig",
    ),
]


def declaring(column: str, *missing: object) -> Callable[[SavExtract], object]:
    return lambda extract: extract.missing.update({column: list(missing)})


def short_ids(extract: SavExtract) -> None:
    """Of more than eight letters, SPSS declares none missing."""
    extract.columns["respondent_id"] = [f"R{n:07}" for n in range(1, 6)]


def labelled(column: str, value: float, text: str) -> Callable[[SavExtract], object]:
    return lambda extract: extract.labels.setdefault(column, {}).update({value: text})


SAV_DECLARED = [
    sav(
        "an answer declared missing",
        innbygger(declaring("q_personvern", 3.0)),
        "declared_missing",
        column="q_personvern",
        value="3",
    ),
    sav(
        "answers in a range that is declared missing",
        innbygger(declaring("q_personvern", {"lo": 9.0, "hi": 99.0})),
        "declared_missing",
        column="q_personvern",
        value="10",
    ),
    sav("a sex declared missing", innbygger(declaring("kjonn", 2.0)), "declared_missing", column="kjonn", value="2"),
    sav("a weight that is no weight", innbygger(labelled("vekt", 2.0, "Vet ikke")), "label_says_missing", column="vekt",
        value="2 Vet ikke"),
    sav("an age that is none", innbygger(labelled("alder", 99.0, "Ubesvart")), "label_says_missing", column="alder",
        value="99 Ubesvart"),
    sav("an age that is none, in English", innbygger(labelled("alder", 99.0, "No answer")), "label_says_missing",
        column="alder", value="99 No answer"),
    sav("an id declared missing", innbygger(short_ids, declaring("respondent_id", "R0000003")), "missing_value",
        row="3", column="respondent_id"),
    sav(
        "a stratum with more respondents than people",
        innbygger(lambda e: e.columns.update(stratum_n=[2000.0, 1.0, None, 2000.0, 1.0])),
        "stratum_size",
        column="stratum_n",
        says="",
    ),
]  # fmt: skip

SAV_VALUES = [
    answer("a negative weight", 1, "vekt", -0.5, "negative_number", "-0.5"),
    answer("a weight without end", 2, "vekt", float("inf"), "number", "inf"),
    answer("a weight beyond all others", 2, "vekt", 1e9, "weight_range", NOT_SHOWN, says="1000000"),
    answer("a weight of next to nothing", 2, "vekt", 1e-9, "weight_range", "1e-09", says="0.000100"),
    answer("a respondent twice", 4, "respondent_id", "Respondent-0002", "duplicate_key", NOT_SHOWN, says="case 2"),
    answer("a respondent with blanks twice", 4, "respondent_id", "  Respondent-0001", "duplicate_key", NOT_SHOWN),
    answer("no respondent", 3, "respondent_id", "  ", "missing_value", ""),
    answer("an answer outside the frame", 3, "q_personvern", 11.0, "code_not_in_frame", "11"),
    answer("9999 in a wave that does not have it", 3, "q_personvern", 9999.0, "code_not_in_frame", "9999"),
    answer(
        "97 in a wave that does not have it", 3, "q_personvern", 97.0, "code_not_in_frame", "97", folder=INNBYGGER_OLD
    ),
    answer("0 in a wave that does not have it", 3, "q_personvern", 0.0, "code_not_in_frame", "0", folder=INNBYGGER_OLD),
    answer("half an answer", 3, "q_personvern", 3.5, "code_not_in_frame", "3.5"),
    answer("nearly an answer", 3, "q_personvern", 3.0000000000000004, "code_not_in_frame", "3.0000000000000004"),
    answer("an answer without end", 3, "q_personvern", float("-inf"), "code_not_in_frame", "'-inf"),
    answer("too young", 1, "alder", 15.0, "integer_range", "15", says="from 16 to 110"),
    answer("too old", 1, "alder", 111.0, "integer_range", "111"),
    answer("half a year", 1, "alder", 40.5, "integer_range", "40.5"),
    answer("below zero years", 1, "alder", -40.0, "integer_range", "-40"),
    answer("a kommune that is no more, as a number", 2, "kommunenr", 101.0, "kommunenr_not_valid", "101"),
    answer(
        "a kommune that comes later, as text",
        2,
        "kommunenr",
        "3001",
        "kommunenr_not_valid",
        "3001",
        folder=INNBYGGER_OLD,
        says="from 2020-01-01",
    ),
    answer("half a kommune", 2, "kommunenr", 301.5, "kommunenr_format", "301.5"),
    answer("an empty stratum", 2, "stratum_n", 0.0, "positive_integer", "0"),
]


def itip(change: Callable[[Workbook], object]) -> Callable[[Path], object]:
    """Write the workbook of 2021 with a change."""

    def spoil(landing: Path) -> None:
        workbook = itip_extract(2021)
        change(workbook)
        workbook.write(landing / ITIP / XLSX)

    return spoil


def xlsx(name: str, change: Callable[[Workbook], object], rule: str, sheet: str = "virksomhet", **found: str) -> Broken:
    return Broken(name, itip(change), rule, folder=ITIP, sheet=sheet, **found)


def agency(name: str, row: int, column: str, value: object, rule: str, shown: str, **found: str) -> Broken:
    """A cell of the sheet virksomhet."""
    return xlsx(
        name, lambda w: w.set("virksomhet", row, column, value), rule, row=str(row), column=column, value=shown, **found
    )


def bytes_of_workbook(change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    def spoil(landing: Path) -> None:
        file = itip_extract(2021).write(landing / ITIP / XLSX)
        file.write_bytes(change(file.read_bytes()))

    return spoil


def zipped(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "id;svar")
    return content.getvalue()


def workbook_is(name: str, content: bytes, says: str) -> Broken:
    return Broken(name, bytes_of_workbook(lambda _: content), "file_type", value=XLSX, folder=ITIP, says=says)


def digdir(name: str, change: Callable[[Path], object], rule: str, **found: str) -> Broken:
    return Broken(name, change, rule, folder=DIGDIR, **found)


def add_sheet(name: str, hidden: bool = False) -> Callable[[Workbook], object]:
    def change(workbook: Workbook) -> None:
        workbook.sheets[name] = [["notat"], ["x"]]
        workbook.hidden = (name,) if hidden else ()

    return change


WORKBOOKS = [
    Broken("half a workbook", bytes_of_workbook(lambda b: b[: len(b) // 2]), "truncated", value=XLSX, folder=ITIP),
    Broken(
        "a text file called .xlsx", bytes_of_workbook(lambda _: b"a;b\n1;2\n"), "file_type", value=XLSX, folder=ITIP
    ),
    workbook_is("an old workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "one behind a password"),
    workbook_is("a workbook that is a web page", b"<html><table><tr><td>id", "an HTML page"),
    workbook_is("a workbook that is an SPSS file", b"$FL2@(#) SPSS DATA FILE", "an SPSS file (.sav)"),
    workbook_is("a workbook that is a zipped CSV", zipped("innbygger.csv"), "a zip archive that holds innbygger.csv"),
    workbook_is("a document called .xlsx", zipped("[Content_Types].xml", "word/document.xml"), "a Word document"),
    workbook_is("a binary workbook", zipped("[Content_Types].xml", "xl/workbook.bin"), "a binary Excel workbook"),
    Broken("an empty workbook file", bytes_of_workbook(lambda _: b""), "empty_file", value=XLSX, folder=ITIP),
    xlsx("no sheet of citizens", lambda w: w.sheets.pop("innbygger"), "missing_sheet", sheet="", value="innbygger"),
    xlsx("a sheet nobody knows", add_sheet("Notater"), "unmapped_sheet", sheet="Notater", value="Notater"),
    xlsx("a hidden sheet", add_sheet("Skjult", hidden=True), "hidden_sheet", sheet="Skjult", value="Skjult"),
    xlsx("a sheet twice but for blanks", add_sheet("innbygger "), "duplicate_sheet", "innbygger ", value="innbygger "),
    xlsx(
        "no header", lambda w: w.sheets["innbygger"].__setitem__(0, [None] * 4), "no_header", sheet="innbygger", row="1"
    ),
    xlsx(
        "a title above the header of a sheet",
        lambda w: w.sheets["virksomhet"].__setitem__(slice(0, 0), [["Virksomheter"], [None]]),
        "header_row",
        row="1",
        says="row 3",
    ),
    xlsx(
        "mangled letters in a sheet",
        lambda w: w.sheets["virksomhet"][2].__setitem__(0, "R\u00c3\u00a51"),
        "encoding",
        row="3",
        column="respondent_id",
        value="R\u00c3\u00a51",
    ),
    xlsx(
        "a sheet with a mangled name", add_sheet("M\u00c3\u00a5l"), "encoding", "M\u00c3\u00a5l", value="M\u00c3\u00a5l"
    ),
    xlsx("a header without rows", lambda w: w.sheets["innbygger"].__delitem__(slice(1, None)), "no_rows", "innbygger"),
    xlsx(
        "a merged header",
        lambda w: setattr(w, "merged", (("virksomhet", "A1:B1"),)),
        "merged_cells",
        row="1",
        column="merged",
        value="A1:B1",
    ),
    agency("a formula", 3, "skate", "=1+1", "formula", "'=1+1"),
    agency("text in a column of numbers", 3, "skate", "fire", "text_for_numbers", "fire"),
    agency("a code as text", 3, "skate", "4", "text_for_numbers", "4"),
    agency("a logical value", 4, "folkemengde", True, "cell_type", "True"),
    agency("an answer outside the frame of a sheet", 3, "skate", 7, "code_not_in_frame", "7"),
    agency("a sector nobody knows", 2, "sektor", "fylke", "label_not_in_frame", "fylke"),
    agency("a state agency with inhabitants", 4, "folkemengde", 5000, "filtered_answer", "5000", says="kommune"),
    agency("a kommune twice, once without its zero", 3, "kommunenr", "0301", "duplicate_key", "0301", says="row 2"),
    agency("a respondent of a sheet twice", 3, "respondent_id", "V1", "duplicate_key", NOT_SHOWN, says="row 2"),
    xlsx(
        "a column that a sheet lacks",
        lambda w: [row.pop() for row in w.sheets["virksomhet"]],
        "missing_column",
        row="1",
        column="ki_3aar_automatisert",
    ),
    xlsx(
        "a column that a sheet has twice",
        lambda w: [row.append(row[0]) for row in w.sheets["innbygger"]],
        "duplicate_column",
        sheet="innbygger",
        row="1",
        column="respondent_id",
        value="respondent_id",
    ),
]


def score(name: str, column: str, value: str, rule: str, says: str) -> Broken:
    """A cell of the eGovernment Benchmark."""

    def spoil(landing: Path) -> None:
        benchmark_extract().set(4, column, value).write(landing / BENCHMARK / "scores.csv")

    return Broken(name, spoil, rule, "4", column.lower(), value, BENCHMARK, says=says)


SCORES = [
    score("a score above all", "Value", "100.5", "score_range", "from 0 to 100"),
    score("a score below zero", "Value", "-1", "negative_number", "less than 0"),
    score("a score of a year that is yet to come", "year", "2024", "integer_range", "from 1990 to 2023"),
    score("two dots", "Value", "..", "number", "decimal mark"),
    score("no score", "Value", "", "missing_value", "allows no blank"),
    score("a country that is none", "Country", "XX", "country_code", "seeds/international/country.csv"),
    score("a country in three letters", "Country", "NOR", "country_code", "two-letter"),
    score("an average in capitals", "Country", "EUPLUS", "country_code", "did you mean EUplus?"),
    score("an average by another name", "Country", "EU27plus", "country_code", "did you mean EUplus?"),
]

SEVERAL_FILES = [
    digdir(
        "a unit in another word",
        lambda landing: key_figures_extract().set(2, "unit", "prosent").write(landing / DIGDIR / "key figures.csv"),
        "label_not_in_frame",
        row="2",
        column="unit",
        value="prosent",
        says="percent, rank",
    ),
    digdir(
        "an earlier year that is no earlier one",
        lambda landing: (
            key_figures_extract().set(2, "previous_year", "2021").write(landing / DIGDIR / "key figures.csv")
        ),
        "integer_range",
        row="2",
        column="previous_year",
        value="2021",
        says="from 1990 to 2020",
    ),
    digdir(
        "a seventh goal",
        lambda landing: goals_extract().set(3, "goal_no", "7").write(landing / DIGDIR / "goals.csv"),
        "integer_range",
        row="3",
        column="goal_no",
        value="7",
        says="from 1 to 6",
    ),
    digdir(
        "a file that is not there",
        lambda landing: (landing / DIGDIR / "key figures.csv").unlink(),
        "missing_table",
        says="key_figure (columns goal_no, key_figure, value",
    ),
    digdir(
        "a key figure that is no number",
        lambda landing: key_figures_extract().set(3, "value", "seks").write(landing / DIGDIR / "key figures.csv"),
        "number",
        row="3",
        column="value",
        value="seks",
    ),
    digdir(
        "a status that nobody gives",
        lambda landing: goals_extract().set(2, "status", "Super").write(landing / DIGDIR / "goals.csv"),
        "label_not_in_frame",
        row="2",
        column="status",
        value="Super",
        says="Mindre god, Middels, God",
    ),
    digdir(
        "the goals twice, and no key figures",
        lambda landing: goals_extract().write(landing / DIGDIR / "key figures.csv"),
        "repeated_table",
        value="key figures.csv",
    ),
    digdir(
        "a third file",
        lambda landing: goals_extract().write(landing / DIGDIR / "more.csv"),
        "several_files",
        value="goals.csv, key figures.csv, more.csv",
    ),
]

CATALOGUE = (
    UNREADABLE
    + COLUMNS
    + KEYS
    + VALUES
    + PLACES
    + SOURCES
    + SAV_UNREADABLE
    + SAV_COLUMNS
    + SAV_DECLARED
    + SAV_VALUES
    + WORKBOOKS
    + SCORES
    + SEVERAL_FILES
)
