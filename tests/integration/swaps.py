"""Ten swaps of answers in the landed files, each of which turns a claim that holds, and the files written with them.

Whole columns, groups or waves change places, so that it does not matter what exactly the sample has.

Not here: the run (scenarios.py), and what is expected of it (test_recount_statements.py).
"""

import codecs
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import xlsxwriter
from python_calamine import CalamineWorkbook

from tests.line import Line

Sheets = dict[str, pd.DataFrame]
Files = dict[tuple[str, int], Sheets]


@dataclass(frozen=True)
class Columns:
    """Everyone's answers to one question become those to another, and the other way about."""

    statement_id: str
    survey: str
    wave: int
    columns: tuple[str, ...]
    sheet: str = ""

    def apply(self, files: Files) -> None:
        people = files[self.survey, self.wave][self.sheet]
        people[list(self.columns)] = people[list(reversed(self.columns))].to_numpy()


@dataclass(frozen=True)
class Groups(Columns):
    """The answers to a question of those with a code in the column `group`, and of all others."""

    group: str = ""
    code: object = None

    def apply(self, files: Files) -> None:
        people = files[self.survey, self.wave][self.sheet]
        is_in = people[self.group] == self.code
        exchange(people, is_in, people, ~is_in, *self.columns)


@dataclass(frozen=True)
class Waves(Columns):
    """The answers to a question in a wave and in `other`."""

    other: int = 0

    def apply(self, files: Files) -> None:
        one, two = (files[self.survey, wave][self.sheet] for wave in (self.wave, self.other))
        exchange(one, pd.Series(True, one.index), two, pd.Series(True, two.index), *self.columns)


SWAPS: tuple[Columns, ...] = (
    Columns("dfo_ide_under_regulere", "dfo_innbygger", 2023, ("q_regulere_teknologi", "q_innovativ_ide")),
    Columns("dfo_personvern_over_internettsikkerhet", "dfo_innbygger", 2010, ("q_personvern", "q_internettsikkerhet")),
    Groups(
        "dfo_tillit_kvinner_over_menn",
        "dfo_innbygger",
        2023,
        ("q_tillit_forhaandsutfylling",),
        group="kjonn",
        code=2.0,
    ),
    Columns(
        "ramboll_mindre_digital_naar_komplekst",
        "itip",
        2021,
        ("foretrekker_digital_faktainformasjon", "foretrekker_digital_soknad"),
        "innbygger",
    ),
    Columns(
        "ramboll_baerekraft_utfordringer",
        "itip",
        2021,
        ("baerekraft_mangler_kultur", "baerekraft_mangler_ressurser"),
        "virksomhet",
    ),
    Groups(
        "ramboll_marked_hindrer_kommuner",
        "itip",
        2021,
        ("hindring_marked",),
        "virksomhet",
        group="sektor",
        code="kommune",
    ),
    Groups("ssb16_ressurser_hoyere_utd_over_alle", "ssb_stat", 2016, ("hinder_ressurser",), group="naering", code="85"),
    Waves("ssb16_felles_ned", "ssb_stat", 2016, ("hinder_felleslosninger",), other=2015),
    Columns("ssb23_sikkerhetstesting_minst_interne", "ssb_kommune", 2022, ("funksjon_01", "funksjon_03")),
    Columns("ssb23_utviklingsplattform_lite_brukt", "ssb_kommune", 2022, ("sky_01", "sky_04")),
)


def exchange(one: pd.DataFrame, in_one: pd.Series, two: pd.DataFrame, in_two: pd.Series, column: str) -> None:
    """Give two groups each other's answers to a question; the smaller group gets an even choice of the larger's."""
    answers_of_one, answers_of_two = one.loc[in_one, column], two.loc[in_two, column]
    one.loc[in_one, column] = evenly(answers_of_two, len(answers_of_one))
    two.loc[in_two, column] = evenly(answers_of_one, len(answers_of_two))


def evenly(answers: pd.Series, n: int) -> np.ndarray:
    """n of the answers, or each several times: as near as can be the same shares."""
    positions = (np.arange(n) + 0.5) * len(answers) / n
    return answers.sort_values().to_numpy()[positions.astype(int)]


def swap_all(line: Line) -> None:
    """Make all swaps in the landing of a line."""
    touched = {(swap.survey, wave) for swap in SWAPS for wave in (swap.wave, getattr(swap, "other", None)) if wave}
    paths = {key: line.extract(*key) for key in sorted(touched)}
    files = {key: FORMATS[path.suffix][0](path) for key, path in paths.items()}
    for swap in SWAPS:
        swap.apply(files)
    for key, path in paths.items():
        FORMATS[path.suffix][1](path, files[key])


def read_sav(path: Path) -> Sheets:
    return {"": pyreadstat.read_sav(str(path), user_missing=True)[0]}


def write_sav(path: Path, sheets: Sheets) -> None:
    """With the labels and missing codes that the file had."""
    _, meta = pyreadstat.read_sav(str(path), metadataonly=True, user_missing=True)
    pyreadstat.write_sav(
        sheets[""],
        str(path),
        column_labels=meta.column_labels,
        variable_value_labels=meta.variable_value_labels,
        missing_ranges=meta.missing_ranges,
        variable_format=meta.original_variable_types,
    )


def read_xlsx(path: Path) -> Sheets:
    book = CalamineWorkbook.from_path(str(path))
    rows = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    return {name: pd.DataFrame(people, columns=header, dtype=object) for name, (header, *people) in rows.items()}


def write_xlsx(path: Path, sheets: Sheets) -> None:
    with xlsxwriter.Workbook(path) as book:
        for name, people in sheets.items():
            sheet = book.add_worksheet(name)
            for number, cells in enumerate([list(people), *people.to_numpy().tolist()]):
                sheet.write_row(number, 0, cells)


def read_csv(path: Path) -> Sheets:
    return {"": pd.read_csv(path, sep=";", encoding=encoding(path), dtype=object, keep_default_na=False)}


def write_csv(path: Path, sheets: Sheets) -> None:
    sheets[""].to_csv(path, sep=";", encoding=encoding(path), index=False)


def encoding(path: Path) -> str:
    return "utf-8-sig" if path.read_bytes().startswith(codecs.BOM_UTF8) else "cp1252"


FORMATS = {".sav": (read_sav, write_sav), ".xlsx": (read_xlsx, write_xlsx), ".csv": (read_csv, write_csv)}
