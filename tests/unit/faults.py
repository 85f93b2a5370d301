"""Every kind of fault in every format that it can occur in: a case, a test elsewhere, or why it cannot occur.

`python -m tests.unit.faults` writes docs/refused.md. Not here: what is expected of a case (test_faults).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines import ingest
from pipelines.common.settings import PROJECT_DIR
from pipelines.ingest.codebook import COPIED, FORMATS, SHARDS
from tests.unit.broken_extracts import CATALOGUE, INNBYGGER, INNBYGGER_OLD, ITIP, PLACES, SOURCES
from tests.unit.extracts import Extract, benchmark_extract, goals_extract, un_extract
from tests.unit.formats import Table, innbygger_table, kommune_table

PAGE = PROJECT_DIR / "docs" / "refused.md"
FOLDER = "folder"  # of a wave, SOURCE.yml among it: what is found before a file is opened
MODULES = sorted(path for path in Path(ingest.__file__).parent.glob("*.py") if not path.name.startswith("template"))
ADDED = re.compile(r"(?:\.add\(|PackageError\(|return \(?|or \(|else|wrong\[\"\"\] = \()\s*\"([a-z_]+)\",")
OF_BODY = re.compile(r"BodyError\(\s*\"([a-z_]+)\"")  # of an answer of a public interface
BODY_TESTS = ("test_json_stat", "test_fetched_bodies")
SEVERAL_FILES = "several_files"  # in a folder: of two files, none is opened
# What stands in tables of the code, or is chosen between.
IN_TABLES = {"formula", "merged_cells", "cell_type", "link_leaves_landing", "truncated"}


@dataclass(frozen=True)
class Fault:
    """A change of a whole table that breaks a rule, in whatever format it is written; `row` of data, from 1."""

    rule: str
    name: str
    make: Callable[[], Table]
    row: int | None = None
    column: str = ""


def cell(rule: str, name: str, of: Callable[[], Table], column: str, value: str) -> Fault:
    """A wrong cell in the second row of data."""
    return Fault(rule, name, lambda: of().set(2, column, value), 2, column)


def table(survey: str, wave: int, extract: Extract, *numeric: str) -> Table:
    """The extract, so that it can be written in every format: SPSS has no '-' in a name, and no number in text."""
    header = [name.lower().replace("-", "_") for name in extract.header]
    return Table(survey, wave, header, extract.rows, set(numeric), delimiter=extract.delimiter)


def un_table() -> Table:
    return table("un_egdi", 2018, un_extract(), "e_gov_rank", "e_gov_index", "e_pat_index", "osi", "hci", "tii")


def un_table_by_names() -> Table:
    """Of a year whose file has no codes of countries."""
    whole = un_table()
    whole.wave = 2022
    for cells in [whole.header, *whole.rows]:
        del cells[0]
    return whole


def benchmark_table() -> Table:
    """Scores without the dots that stand for none: in one column, SPSS has numbers or text."""
    scores = benchmark_extract()
    scores.set(2, "Value", "72")
    return table("egov_benchmark", 2023, scores, "year", "value")


def agencies_table() -> Table:
    return Table("ssb_stat", 2015, ["orgnr"], [["974760673"], ["974760673"]], set())


def statistics_table() -> Table:
    return Table(
        "ssb_statbank", 2025, ["table_id", "period"], [["12038", "2023"], ["12038", "2024"]], set(), delimiter=","
    )


def goals_table() -> Table:
    return table("digdir", 2021, goals_extract(), "goal_no")


def without_rows() -> Table:
    whole = kommune_table()
    whole.rows.clear()
    return whole


def weight_in_text() -> Table:
    """With a comma, in a column of text."""
    whole = innbygger_table().set(2, "vekt", "1,5")
    whole.numeric.discard("vekt")
    return whole


def answered_past_the_filter() -> Table:
    whole = kommune_table().set(2, "strategi", "2")
    return whole.set(2, "strategi_omr_04", "1")


FAULTS = [
    cell("code_not_in_frame", "a code outside the frame", kommune_table, "sky", "7"),
    cell("country_code", "a country that is none", un_table, "country_code", "TKY"),
    cell("country_name", "a country by a name that nobody knows", un_table_by_names, "country_name", "Norwegen"),
    Fault("duplicate_column", "a column twice", lambda: twice("sky")),
    cell("duplicate_key", "a kommune twice", kommune_table, "kommunenr", "0301"),
    cell("encoding", "letters of a wrong encoding", kommune_table, "kommunenavn", "R\u00c3\u00a5de"),
    Fault("filtered_answer", "an answer where the filter says none", answered_past_the_filter, 2, "strategi_omr_04"),
    cell("integer_range", "too young", innbygger_table, "alder", "15"),
    cell("kommunenr_format", "a kommune number of five digits", kommune_table, "kommunenr", "03010"),
    cell("kommunenr_not_valid", "a kommune that is no more", kommune_table, "kommunenr", "0101"),
    cell("label_not_in_frame", "a status that nobody gives", goals_table, "status", "Super"),
    Fault("missing_column", "no inhabitants", lambda: lacking("folkemengde"), column="folkemengde"),
    Fault("missing_table", "one of two tables", goals_table),
    cell("missing_value", "no kommune number", kommune_table, "kommunenr", ""),
    cell("negative_number", "a negative weight", innbygger_table, "vekt", "-1"),
    Fault("no_rows", "names and nothing below", without_rows),
    Fault("number", "a weight with a comma", weight_in_text, 2, "vekt"),
    cell("orgnr", "an organisation number of eight digits", agencies_table, "orgnr", "97476067"),
    cell("period", "a quarter that is none", statistics_table, "period", "2024K5"),
    cell("positive_integer", "inhabitants below zero", kommune_table, "folkemengde", "-12"),
    cell("score_range", "a score above all", benchmark_table, "value", "101"),
    cell("share_range", "an index in per cent", un_table, "e_gov_index", "88"),
    Fault(
        "stratum_size",
        "more respondents than people",
        lambda: innbygger_table().column("stratum_n", *["1"] * 5).column("stratum", *["nord"] * 5),
        column="stratum_n",
    ),
    Fault("unmapped_column", "an unknown column", lambda: kommune_table().rename("sky", "skyy"), column="skyy"),
    cell("weight_range", "a weight beyond all others", innbygger_table, "vekt", "1000000000"),
]


def twice(column: str) -> Table:
    """SPSS has no two names that differ in nothing; in case they may, and it does not count."""
    whole = kommune_table()
    for number, cells in enumerate([whole.header, *whole.rows]):
        cells.append(cells[whole.header.index(column)] if number else column.upper())
    return whole


def lacking(column: str) -> Table:
    whole = kommune_table()
    place = whole.header.index(column)
    for cells in [whole.header, *whole.rows]:
        del cells[place]
    return whole


SHARD_TESTS = "test_ingest_shards"
OF_SHARDS = {
    "cell_type": "test_column_of_another_type_is_refused",
    "corrected_shards": "test_corrections_are_not_made_of_shards",
    "label_not_in_frame": "test_a_label_that_nobody_knows_is_refused",
    "missing_table": "test_shards_of_one_of_two_tables_are_refused",
    "repeated_table": "test_the_same_file_twice_is_refused",
    "shard_columns": "test_a_column_that_only_some_shards_have_is_refused",
    **dict.fromkeys(
        ["damaged", "empty_file", "file_type", "too_large_unpacked", "truncated"],
        "test_a_file_that_is_no_whole_shard_is_refused",
    ),
}
# Tests that try a kind in formats in their own way: {(kind, format): test}.
ELSEWHERE = {
    **dict.fromkeys([("stale_correction", f) for f in COPIED], "test_corrections::test_a_correction_of_another_file"),
    **dict.fromkeys([("missing_need", f) for f in FORMATS], "test_ingest_formats::test_codebook_without_what_later"),
    **dict.fromkeys(
        [(rule, f) for rule in ("too_large", "changed_meanwhile", "unreadable", "forgotten") for f in FORMATS],
        "test_faults::test_what_is_found_around_the_reading_is_found_in_every_format",
    ),
    **dict.fromkeys([("pseudonym_key", f) for f in COPIED], "test_faults::test_without_a_key"),
    **{(rule, SHARDS): f"{SHARD_TESTS}::{test}" for rule, test in OF_SHARDS.items()},
    ("repeated_table", "sav"): "test_faults::test_the_same_table_in_two_files",
    ("damaged", "sav"): "test_ingest_sav::test_file_that_kills_its_reader_is_refused",
    ("damaged", "xlsx"): "test_ingest_xlsx::test_damaged_parts_are_refused",
    ("no_case_count", "sav"): "test_ingest_sav::test_file_that_does_not_say_how_many_cases_it_has_is_refused",
    ("no_header", "csv"): "test_ingest_csv::test_file_without_a_single_name_is_one_finding",
    ("several_sheets", "xlsx"): "test_ingest_xlsx::test_several_filled_sheets_are_named_where_one_is_expected",
    ("too_large_unpacked", "xlsx"): "test_ingest_xlsx::test_limit_is_that_of_the_unpacked_file",
}
NO_SHEETS = "it has no sheets"
ALL_TEXT = "all cells are text, and judged by their values"
NO_LABELS = "it says nothing of its values"
NO_COUNT = "it does not say how many rows it has, or what it says is not used"
OF_NUMBERS = "what is no number there is `text_for_numbers` or `cell_type`"
BINARY = "nothing stands between its cells"
OF_RESPONDENTS = "it is a format of what respondents answer, and no survey of respondents has such a column"
NOT_COPIED = "its cells are corrected while it is copied"
NO_FORMULAS = "it has no formulas"
NO_MERGED = "it has no merged cells"
NO_NAME = "a column without a name is `unmapped_column`"
CANNOT = {
    "case_count": {"csv": NO_COUNT, "xlsx": NO_COUNT, SHARDS: "fewer rows than it says are `truncated` or `damaged`"},
    "cell_type": {"csv": ALL_TEXT, "sav": "a variable is numbers or text"},
    "corrected_shards": dict.fromkeys(COPIED, NOT_COPIED),
    "country_code": {SHARDS: OF_RESPONDENTS},
    "country_name": {SHARDS: OF_RESPONDENTS},
    "damaged": {"csv": "text that makes no sense is `truncated`, `row_length` or `encoding`"},
    "declared_missing": dict.fromkeys(["csv", "xlsx", SHARDS], NO_LABELS),
    "delimiter": dict.fromkeys(["sav", "xlsx", SHARDS], BINARY),
    "duplicate_sheet": dict.fromkeys(["csv", "sav", SHARDS], NO_SHEETS),
    "formula": {"csv": ALL_TEXT, "sav": NO_FORMULAS, SHARDS: NO_FORMULAS},
    "header_row": dict.fromkeys(["sav", SHARDS], "names do not stand in a row"),
    "hidden_sheet": dict.fromkeys(["csv", "sav", SHARDS], NO_SHEETS),
    "label_contradicts": dict.fromkeys(["csv", "xlsx", SHARDS], NO_LABELS),
    "label_says_missing": dict.fromkeys(["csv", "xlsx", SHARDS], NO_LABELS),
    "merged_cells": dict.fromkeys(["csv", "sav", SHARDS], NO_MERGED),
    "missing_sheet": dict.fromkeys(["csv", "sav", SHARDS], f"{NO_SHEETS}: `missing_table`"),
    "missing_table": {"xlsx": "a table is a sheet: `missing_sheet`"},
    "no_case_count": {"csv": NO_COUNT, "xlsx": NO_COUNT, SHARDS: "without the number of its rows, it is `damaged`"},
    "no_header": {"sav": "a variable without a name is `damaged`", SHARDS: NO_NAME},
    "number": {"xlsx": OF_NUMBERS},
    "period": {SHARDS: OF_RESPONDENTS},
    "pseudonym_key": {SHARDS: "it is read where it lies: of its ids nothing is stored"},
    "repeated_table": {"xlsx": f"a workbook holds all tables: a second one is `{SEVERAL_FILES}`"},
    "row_length": {
        "sav": "every case has every variable",
        "xlsx": "a cell says where it stands",
        SHARDS: "every row has every column",
    },
    "score_range": {SHARDS: OF_RESPONDENTS},
    "several_sheets": dict.fromkeys(["csv", "sav", SHARDS], NO_SHEETS),
    "shard_columns": dict.fromkeys(COPIED, "a table is one file"),
    "share_range": {SHARDS: OF_RESPONDENTS},
    "stale_correction": {SHARDS: "what is read where it lies is not corrected: `corrected_shards`"},
    "text_for_numbers": {"csv": ALL_TEXT, SHARDS: "text is judged by its values, and may be a number"},
    "too_large_unpacked": {"csv": "it is not packed", "sav": "what unpacks beyond its cases is `case_count`"},
    "trailing_bytes": {
        "csv": "every line is a row",
        "xlsx": "what is attached to a package is `truncated`",
        SHARDS: "what stands behind its end is `truncated`",
    },
    "unmapped_sheet": dict.fromkeys(["csv", "sav", SHARDS], NO_SHEETS),
}


def rules() -> set[str]:
    """Every kind of fault that the code finds."""
    source = "".join(path.read_text(encoding="utf-8") for path in MODULES)
    return {*ADDED.findall(source), *IN_TABLES}


def rules_of_bodies() -> list[str]:
    """What can be wrong with an answer of a public interface before its cells are judged as any others."""
    return sorted({rule for path in MODULES for rule in OF_BODY.findall(path.read_text(encoding="utf-8"))})


def catalogued() -> Iterator[tuple[str, str, str]]:
    """(kind, format, name) of the cases of the catalogue."""
    for broken in CATALOGUE:
        if broken in PLACES or broken in SOURCES or broken.rule == SEVERAL_FILES:
            yield broken.rule, FOLDER, broken.name
        elif broken.folder in (INNBYGGER, INNBYGGER_OLD):
            yield broken.rule, "sav", broken.name
        else:
            yield broken.rule, "xlsx" if broken.folder == ITIP else "csv", broken.name


def missing_cases() -> list[tuple[Fault, str]]:
    """(fault, format) of what the catalogue does not try."""
    tried = {(rule, file_format) for rule, file_format, _ in catalogued()}
    return [
        (fault, file_format)
        for fault in FAULTS
        for file_format in FORMATS
        if (fault.rule, file_format) not in tried and file_format not in CANNOT.get(fault.rule, {})
    ]


def names() -> dict[tuple[str, str], list[str]]:
    """{(kind, format): the names of its cases}."""
    found: dict[tuple[str, str], list[str]] = {}
    for rule, file_format, name in catalogued():
        found.setdefault((rule, file_format), []).append(name)
    for fault, file_format in missing_cases():
        found.setdefault((fault.rule, file_format), []).append(fault.name)
    for (rule, file_format), test in ELSEWHERE.items():
        found.setdefault((rule, file_format), []).append(
            test.partition("::")[2].removeprefix("test_").replace("_", " ")
        )
    return found


def page() -> str:
    """The table as a page of the docs."""
    cases, reasons = names(), list(dict.fromkeys(why for cannot in CANNOT.values() for why in cannot.values()))
    of_files = sorted(rule for rule in rules() if any((rule, f) in cases for f in FORMATS))
    of_folders = sorted(rule for rule in rules() if (rule, FOLDER) in cases)
    lines = [
        "# What is refused, by kind and format",
        "",
        "Written by `python -m tests.unit.faults` from the cases that are tested; do not edit. A number says how many",
        "cases there are, a letter why the kind cannot occur in the format. A refused delivery leaves raw as it was.",
        "What to do about the most common ones stands in [delivering](delivering.md#what-is-refused). Beside these,",
        "files are changed at random: `TILSTAND_HOSTILE=2000 python -m pytest -n 0 tests/unit/test_hostile_files.py`",
        "tries 2,000 of each kind. Each gives findings or all of its rows, in less than 2 GB, and nothing is written",
        "outside the data directory.",
        "",
        f"| Kind | {' | '.join(FORMATS)} | Such as |",
        f"|---|{'---:|' * len(FORMATS)}---|",
    ]
    for rule in of_files:
        shown = [
            str(len(cases[rule, f])) if (rule, f) in cases else _letter(reasons.index(CANNOT[rule][f])) for f in FORMATS
        ]
        such = next(cases[rule, f][0] for f in FORMATS if (rule, f) in cases)
        lines.append(f"| `{rule}` | {' | '.join(shown)} | {such} |")
    lines += ["", *(f"- {_letter(place)}: {why}" for place, why in enumerate(reasons))]
    lines += [
        "",
        "An answer of a public interface (`.json`) is refused for what is wrong with its shape, too; what its cells",
    ]
    lines += [f"hold is judged as in any file: {', '.join(f'`{rule}`' for rule in rules_of_bodies())}."]
    lines += ["", "Of a folder, before a file of it is opened, whatever its format:", ""]
    lines += ["| Kind | Cases | Such as |", "|---|---:|---|"]
    lines += [f"| `{rule}` | {len(cases[rule, FOLDER])} | {cases[rule, FOLDER][0]} |" for rule in of_folders]
    return "\n".join([*lines, ""])


def _letter(place: int) -> str:
    """a, b, ... z, aa, ab, ..."""
    return (chr(ord("a") + place // 26 - 1) if place >= 26 else "") + chr(ord("a") + place % 26)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
