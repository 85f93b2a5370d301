"""What the columns of a delivery are, in words for those who fill them in, from the codebook's seeds alone.

Not here: files (template and the formats beside it), and judging what was filled in (cells, validation).
"""

from dataclasses import dataclass

from pipelines.common.seeds import SeedError, read_seed
from pipelines.ingest.codebook import (
    CATEGORY,
    COUNTRY_CODE,
    COUNTRY_CODE_2,
    COUNTRY_NAME,
    KOMMUNE_NAME,
    KOMMUNE_POPULATION,
    KOMMUNENR,
    LABEL,
    RESPONDENT_ID,
    STRATUM,
    STRATUM_SIZE,
    TEXT,
    UNLINKED_ID,
    WEIGHT,
    Column,
    columns,
    parts,
    wave_rows,
)
from pipelines.ingest.values import FIRST_YEAR, LARGEST_WEIGHT, LEAST_WEIGHT, integer_bounds, is_numeric

COUNT = "helt tall fra 1, uten skilletegn for tusen"
ID = "tekst eller tall, én gang for hver"
VALUES = {  # by data type; the wave is filled in
    "code": "en av kodene",
    LABEL: "ett av svarene, skrevet som her",
    TEXT: "tekst",
    CATEGORY: "tekst, hver verdi skrevet på én måte",
    STRATUM: "tekst, hver verdi skrevet på én måte",
    KOMMUNE_NAME: "tekst",
    RESPONDENT_ID: ID,
    UNLINKED_ID: ID,
    KOMMUNENR: "kommunenummer, fire siffer",
    "orgnr": "organisasjonsnummer, ni siffer",
    "positive_integer": COUNT,
    KOMMUNE_POPULATION: COUNT,
    STRATUM_SIZE: COUNT,
    "number": "tall",
    "share": "tall fra 0 til 1",
    "non_negative_number": "tall fra 0",
    WEIGHT: f"tall: 0, eller fra {LEAST_WEIGHT} til {LARGEST_WEIGHT}".replace(".", ","),
    "score_or_dot": "tall fra 0 til 100; i CSV et punktum der det ikke er noe tall",
    "score_1_3": "tall fra 1 til 3",
    "year_of_wave": "årstallet {wave}",
    "year_until_wave": f"årstall fra {FIRST_YEAR} til {{wave}}",
    "period_until_wave": f"år fra {FIRST_YEAR} til {{wave}}, eller en del av et: {{wave}}K1, {{wave}}M01, {{wave}}U01",
    "year_before_wave": f"årstall fra {FIRST_YEAR} til året før {{wave}}",
    COUNTRY_CODE: "landkode etter ISO 3166-1, tre store bokstaver",
    COUNTRY_CODE_2: "landkode, to store bokstaver",
    COUNTRY_NAME: "landets navn på engelsk",
}
WITH_DECIMALS = {"number", "share", "non_negative_number", WEIGHT, "score_or_dot", "score_1_3"}


@dataclass(frozen=True)
class Explained:
    """A column to be filled in, and what there is to say of it; a text is blank where there is nothing.

    `codes`: {what stands in a cell: what it means}. `asked` says who the question is for.
    """

    column: Column
    what: str
    values: str
    unit: str
    codes: dict[str, str]
    asked: str
    blank: str

    @property
    def is_number(self) -> bool:
        return is_numeric(self.column)

    @property
    def has_decimals(self) -> bool:
        return self.column.data_type in WITH_DECIMALS

    @property
    def key(self) -> str:
        """How far its values may repeat."""
        return {"key": "del av nøkkelen", "unique": "hver verdi én gang"}.get(self.column.role, "")

    @property
    def code_texts(self) -> list[str]:
        """A text for each code; where a code is its own label, that alone."""
        return [label if code == label else f"{code} = {label}" for code, label in self.codes.items()]

    @property
    def message(self) -> str:
        """All of it in a few sentences."""
        values = self.values[0].upper() + self.values[1:] + (f" ({self.unit})" if self.unit else "")
        kind = ", ".join(self.code_texts) or values
        blank = f"Tom celle: {self.blank}"
        return " ".join(f"{text}." for text in (self.what, kind, self.asked, blank) if text)


@dataclass(frozen=True)
class Table:
    """One table of a delivery; its name is blank where the delivery is one table."""

    name: str
    columns: list[Explained]


def tables(survey: str, wave: int) -> list[Table]:
    """The tables of a wave with the columns that are used.

    Raises SeedError when the seeds say of a column neither which question nor what it is.
    """
    return [Table(part, _explained(survey, wave, part)) for part in parts(survey, wave)]


def _explained(survey: str, wave: int, part: str) -> list[Explained]:
    known = {column.name: column for column in columns(survey, wave, part)}
    questions = {row["question_id"]: row["question_nb"] for row in read_seed("question")}
    whats = {
        row["column_name"].lower(): questions[row["question_id"]]
        for row in wave_rows(survey, wave)
        if row["part"] == part and row["question_id"]
    }
    units = {}
    for row in read_seed("column_label"):
        if (row["survey"], row["part"]) == (survey, part):
            whats.setdefault(row["column_name"].lower(), row["column_nb"])
            units[row["column_name"].lower()] = row["unit_nb"]
    used = [column for column in known.values() if not column.is_ignored]
    if missing := [column.name for column in used if column.name not in whats]:
        raise SeedError(
            f"codebook of {survey} {wave}: nothing says what {', '.join(missing)} is; give it a question_id, or a row "
            "in seeds/codebook/column_label.csv"
        )
    return [
        Explained(
            column=column,
            what=whats[column.name],
            values=_values(column, wave),
            unit=units.get(column.name, ""),
            codes={column.written[code]: label for code, label in column.codes.items()},
            asked=_asked(column, known),
            blank=_blank(column),
        )
        for column in used
    ]


def _values(column: Column, wave: int) -> str:
    if bounds := integer_bounds(column):
        return "helt tall fra {} til {}".format(*bounds)
    return VALUES[column.data_type].format(wave=wave)


def _asked(column: Column, known: dict[str, Column]) -> str:
    if not column.filter_column:
        return ""
    by = known[column.filter_column]
    written, label = by.written.get(column.filter_code, column.filter_code), by.codes.get(column.filter_code, "")
    return f"Bare når {by.name} = {written}" + (f" ({label})" if label not in ("", written) else "")


def _blank(column: Column) -> str:
    if column.must_be_filled:
        return "ikke tillatt"
    return column.blank_kind.replace("_", " ") or "tillatt"
