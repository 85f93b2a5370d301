"""Typed view of the codebook seeds: what is delivered in which shape, and what each column may hold.

Not here: the meaning of an answer (dbt, harmonised) and reading any extract.
"""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from pipelines.common.seeds import SeedError, read_seed
from pipelines.ingest import kommuner
from pipelines.ingest.resources import body_rows, decisive, resources
from pipelines.ingest.text import column_key, name_key

CODEBOOK, COUNTRIES = "seeds/codebook/codebook.csv", "seeds/international/country.csv"  # as messages name them
SHARDS = "parquet"  # of the answers of many respondents: read where they lie, any number of files a wave
COPIED = ("csv", "sav", "xlsx")  # what people fill in, and what is copied into raw
FORMATS = (*COPIED, SHARDS)  # in which a delivery may come, whatever was agreed on
BODY = "json"  # what is fetched comes so, and nothing else does
PERIOD = ("from_wave", "to_wave")  # of a row of the codebook, both inclusive; a blank end: still delivered
LOAD_COLUMNS = ("wave", "row_number", "sha256")
RESPONDENT_ID = "respondent_id"  # the data type of what is replaced by a pseudonym
# The same for ids that nothing is linked by: the key is forgotten with the load.
UNLINKED_ID = "unlinked_respondent_id"
LABEL = "label"  # the data type of a code that is delivered as its label
COUNTRY_CODE, COUNTRY_CODE_2, COUNTRY_NAME = "country_code", "country_code_2", "country_name"
KOMMUNENR, KOMMUNE_NAME, KOMMUNE_POPULATION = "kommunenr", "kommune_name", "kommune_population"
CATEGORY, STRATUM, STRATUM_SIZE, WEIGHT = "category", "stratum", "stratum_size", "weight"
TEXT = "text"
NO_MATTER = {"field", "note"}  # columns of the codebook that decide nothing at the door
RESPONDENTS = "respondents"  # the kind of a survey whose rows are answers
ANSWER = "answer"  # as role of a column, and as kind of a code
# What is compared as people read it, and therefore stored in one form.
TEXT_TYPES = {TEXT, CATEGORY, STRATUM, KOMMUNE_NAME, COUNTRY_NAME, LABEL, RESPONDENT_ID, UNLINKED_ID}


@dataclass(frozen=True)
class Survey:
    """How one survey is delivered; `landing_path` is relative to landing/, with '/'."""

    survey: str
    landing_path: str
    file_format: str
    delimiter: str
    decimal_mark: str

    @property
    def is_fetched(self) -> bool:
        """Whether its deliveries are the answers of a public interface."""
        return self.file_format == BODY

    @property
    def formats(self) -> tuple[str, ...]:
        """In which it may be delivered; in shards only what respondents answered, of which cells are counted."""
        if self.is_fetched:
            return (BODY,)
        return FORMATS if self.has_respondents else tuple(f for f in FORMATS if f != SHARDS)

    @property
    def has_respondents(self) -> bool:
        """Whether its rows are answers, of persons or of kommuner and agencies."""
        return any(row["survey"] == self.survey and row["kind"] == RESPONDENTS for row in read_seed("survey"))


@dataclass(frozen=True)
class Column:
    """One column of one wave. `role`: key, unique, attribute, answer or ignored; `codes`: {code: label} or empty.

    `missing_codes` are those of the codes that are no answer.
    """

    name: str
    role: str
    data_type: str
    code_frame: str
    codes: dict[str, str]
    missing_codes: frozenset[str]
    is_required: bool
    filter_column: str
    filter_code: str
    blank_kind: str

    @property
    def is_ignored(self) -> bool:
        return self.role == "ignored"

    @property
    def is_answer(self) -> bool:
        return self.role == ANSWER

    @property
    def is_respondent_id(self) -> bool:
        """Whether its values name people, and are stored as pseudonyms only."""
        return self.data_type in (RESPONDENT_ID, UNLINKED_ID)

    @property
    def written(self) -> dict[str, str]:
        """{code: what stands for it in a cell}."""
        return self.codes if self.data_type == LABEL else {code: code for code in self.codes}

    @property
    def must_be_filled(self) -> bool:
        """A blank is data only where the codebook says what kind of missing it is."""
        return self.is_required and not self.is_ignored and not self.blank_kind


def surveys() -> list[Survey]:
    """All surveys in the order of the seed, then what is fetched (seeds/sources): each a delivery of its own."""
    names = Survey.__dataclass_fields__
    delivered = [Survey(**{name: row[name] for name in names}) for row in read_seed("survey")]
    fetched = [Survey(name, resource.landing_path, BODY, "", ".") for name, resource in resources().items()]
    return delivered + fetched


def waves(survey: str) -> list[int]:
    """The waves that there are of a survey, ascending; empty for an unknown survey."""
    return sorted(int(row["wave"]) for row in read_seed("wave") if row["survey"] == survey)


def wave_rows(survey: str, wave: int) -> list[dict[str, str]]:
    """The codebook's rows that hold in a wave, in its order, with `wave` in place of the waves they begin and end in.

    A row is the same in each wave that it holds in, so that a later wave is no change of an earlier one. Empty when
    there is no such wave. What is fetched is described by the survey that it reads as; its wave is the year it is from.
    """
    if survey in resources():
        like = resources()[survey].reads_as
        rows = body_rows(resources()[survey], wave_rows(like, max(waves(like), default=0)))
        return [{**row, "wave": str(wave)} for row in rows]
    if wave not in waves(survey):
        return []
    own = (row for row in read_seed("codebook") if row["survey"] == survey)
    return [
        {"wave": str(wave)} | {name: cell for name, cell in row.items() if name not in PERIOD}
        for row in own
        if int(row["from_wave"]) <= wave <= int(row["to_wave"] or wave)
    ]


def parts(survey: str, wave: int | None = None) -> list[str]:
    """The tables that a delivery consists of, in codebook order: of one wave, or of any. [''] where it is one."""
    if survey in resources():
        return [""]
    rows = read_seed("codebook") if wave is None else wave_rows(survey, wave)
    return list(dict.fromkeys(row["part"] for row in rows if row["survey"] == survey))


def columns(survey: str, wave: int, part: str = "") -> list[Column]:
    """The columns of a table of a wave, in codebook order; empty when the codebook does not know it.

    Raises ValueError when a code column names a code frame without codes.
    """
    frames: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in read_seed("code_frame"):
        frames[row["code_frame"]].append(row)
    return [_column(row, frames[row["code_frame"]]) for row in wave_rows(survey, wave) if row["part"] == part]


def raw_columns(survey: str, part: str = "") -> list[str]:
    """Every column name of any wave, lower case, each once: those of the first wave, then what later ones add.

    Raises ValueError when a name is one that the loader itself writes.
    """
    known = [0] if survey in resources() else waves(survey)
    rows = (row for wave in known for row in wave_rows(survey, wave) if row["part"] == part)
    names = list(dict.fromkeys(row["column_name"].lower() for row in rows))
    taken = sorted(set(names) & set(LOAD_COLUMNS))
    if taken:
        raise SeedError(f"codebook of {survey}: the loader itself writes {', '.join(taken)}; rename the column")
    return names


def aliases(survey: str, wave: int, part: str = "") -> dict[str, str]:
    """{key of a name as delivered: the column that it is}, of a table of a wave."""
    return {
        column_key(row["delivered_name"]): row["column_name"].lower()
        for row in read_seed("column_alias")
        if (row["survey"], row["part"]) == (survey, part) and row["wave"] in ("", str(wave))
    }


def known_names(survey: str, wave: int, part: str = "") -> dict[str, str]:
    """{key of every name under which a column may be delivered: the column}, of a table of a wave."""
    own = {column.name: column.name for column in columns(survey, wave, part)}
    return {key: name for key, name in aliases(survey, wave, part).items() if name in own} | own


def needs(survey: str, part: str = "") -> dict[str, dict[str, str]]:
    """{what later layers cannot do without: {column that gives it, any of which will do: its data type}}.

    Of a table of a survey; the data type is '' where any will do.
    """
    found: dict[str, dict[str, str]] = {}
    for row in read_seed("needed_column"):
        if (row["survey"], row["part"]) == (survey, part):
            found.setdefault(row["need"], {})[row["column_name"].lower()] = row["data_type"]
    return found


def country_codes() -> set[str]:
    """The ISO 3166-1 codes, three letters, of the countries that rankings are about."""
    return {row["country"] for row in read_seed("country")}


def country_names() -> dict[str, str]:
    """{a country's name as people read it: its code}, also names that only some deliveries have."""
    own = {name_key(row["country_name"]): row["country"] for row in read_seed("country")}
    return own | {name_key(row["alias"]): row["country"] for row in read_seed("country_alias")}


def two_letter_countries() -> set[str]:
    """The two-letter codes of countries: the EU's and ISO 3166-1's, which differ for two; and the EU's of averages."""
    return {row[column] for row in read_seed("country") for column in ("country_2", "country_iso2")} - {""}


def fingerprint(survey: str, wave: int) -> str:
    """SHA-256 over every seed row that decides how this wave is read and what is accepted in it."""
    rows = wave_rows(survey, wave)
    frames = {row["code_frame"] for row in rows if row["code_frame"]}
    decides = {
        "survey": [vars(row) for row in surveys() if row.survey == survey],
        "codebook": [{name: row[name] for name in row if name not in NO_MATTER} for row in rows],
        "code_frame": [row for row in read_seed("code_frame") if row["code_frame"] in frames],
        "kommuner": sorted(kommuner.valid_on(date(wave, 1, 1)))
        if any(row["data_type"] == KOMMUNENR for row in rows)
        else [],
        "countries": [read_seed("country"), read_seed("country_alias")]
        if {row["data_type"] for row in rows} & {COUNTRY_CODE, COUNTRY_CODE_2, COUNTRY_NAME}
        else [],
        "aliases": [row for row in read_seed("column_alias") if row["survey"] == survey],
        "needs": [row for row in read_seed("needed_column") if row["survey"] == survey],
    }
    if corrections := [row for row in read_seed("correction") if (row["survey"], row["wave"]) == (survey, str(wave))]:
        decides["corrections"] = corrections
    if survey in resources():
        decides["resource"] = decisive(survey)
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def _column(row: dict[str, str], frame: list[dict[str, str]]) -> Column:
    codes = {r["code"]: r["answer_nb"] for r in frame}
    if row["data_type"] in ("code", LABEL) and not codes:
        raise SeedError(
            f"codebook of {row['survey']} {row['wave']}: {row['column_name']} has code frame {row['code_frame']!r}, "
            "which has no rows in seeds/scales/code_frame.csv"
        )
    return Column(
        name=row["column_name"].lower(),
        role=row["role"],
        data_type=row["data_type"],
        code_frame=row["code_frame"],
        codes=codes,
        missing_codes=frozenset(r["code"] for r in frame if r["answer_kind"] != ANSWER),
        is_required=row["is_required"] == "true",
        filter_column=row["filter_column"].lower(),
        filter_code=row["filter_code"],
        blank_kind=row["blank_kind"],
    )
