"""What a single cell may hold, by the data type that the codebook gives its column.

Not here: blanks, filters and keys, which take more than one cell to judge (validation).
"""

import math
import re
from collections.abc import Callable
from datetime import date
from difflib import get_close_matches

from pipelines.common.seeds import SeedError
from pipelines.ingest import kommuner
from pipelines.ingest.codebook import (
    CATEGORY,
    COUNTRIES,
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
    Survey,
    country_codes,
    country_names,
    two_letter_countries,
)
from pipelines.ingest.text import name_key

# (rule, problem, remedy), or nothing where the value is fine.
Problem = tuple[str, str, str] | None
Check = Callable[[str], Problem]

MAX_INTEGER = 2**31 - 1  # the INTEGER of the staging models
LEAST_WEIGHT, LARGEST_WEIGHT = 0.0001, 1_000_000  # beyond, the sums of a wave have too few digits left for the least
FIRST_YEAR = 1990
PERIOD = re.compile(r"([0-9]{4})(K[1-4]|M(0[1-9]|1[0-2])|U(0[1-9]|[1-4][0-9]|5[0-3]))?")
CORRECT = "correct the value at the source"
ADD_COUNTRY = f"correct the value at the source, or add the country to {COUNTRIES}"


def checker(column: Column, survey: Survey, day: date) -> Check:
    """The check of one column's cells: trimmed, not blank. `anything` where no value can be wrong.

    Raises SeedError when the codebook names a data type that does not exist.
    """
    if bounds := integer_bounds(column):
        return _integer_between(*bounds)
    if column.data_type not in CHECKS:
        known = ", ".join([*CHECKS, "integer_<from>_<to>"])
        raise SeedError(f"codebook: {column.name} has data type {column.data_type!r}; there are {known}")
    return CHECKS[column.data_type](column, survey, day)


def anything(_value: str) -> Problem:
    """The check of free text."""
    return None


def is_numeric(column: Column) -> bool:
    """Whether a format that tells numbers from text has to hold this column as numbers."""
    if column.data_type == "code":
        return all(re.fullmatch(r"[0-9]+", code) for code in column.codes)
    return column.data_type in NUMERIC or integer_bounds(column) is not None


def key_expression(column: Column, cell: str) -> str:
    """SQL for what makes two rows the same unit.

    In `cell`, a kommune number gets its leading zero back, and a country is the same under each of its names.
    """
    if column.data_type == COUNTRY_NAME:
        codes = ", ".join(f"{_quoted(name)}: {_quoted(code)}" for name, code in country_names().items())
        return f"coalesce(map {{{codes}}}[regexp_replace(lower({cell}), '\\s+', ' ', 'g')], {cell})"
    if column.data_type != KOMMUNENR:
        return cell
    return f"case when length({cell}) between 1 and 3 then lpad({cell}, 4, '0') else {cell} end"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def integer_bounds(column: Column) -> tuple[int, int] | None:
    """Lowest and highest value, where the data type of a column says them."""
    found = re.fullmatch(r"integer_([0-9]{1,9})_([0-9]{1,9})", column.data_type)
    return (int(found[1]), int(found[2])) if found else None


def _integer_between(lowest: int, highest: int) -> Check:
    def check(value: str) -> Problem:
        if re.fullmatch(r"[0-9]{1,10}", value) and lowest <= int(value) <= highest:
            return None
        return "integer_range", f"not a whole number from {lowest} to {highest}, digits only", CORRECT

    return check


def _text(_column: Column, _survey: Survey, _day: date) -> Check:
    return anything


def _code(column: Column, _survey: Survey, _day: date) -> Check:
    allowed = ", ".join(f"{code} {label}" for code, label in column.codes.items())

    def check(value: str) -> Problem:
        if value in column.codes:
            return None
        number = re.fullmatch(r"0*([0-9]+)([.,]0+)?", value)
        exact = ""
        if number and number[1] in column.codes:
            exact = f"; only the exact code {number[1]} is accepted, without decimals or leading zeros"
        return "code_not_in_frame", f"not a code of this question ({allowed}){exact}", CORRECT

    return check


def _label(column: Column, _survey: Survey, _day: date) -> Check:
    labels = set(column.codes.values())

    def check(value: str) -> Problem:
        if value in labels:
            return None
        return "label_not_in_frame", f"not an answer to this question ({', '.join(column.codes.values())})", CORRECT

    return check


def _kommunenr(_column: Column, _survey: Survey, day: date) -> Check:
    valid = kommuner.valid_on(day)

    def check(value: str) -> Problem:
        if not re.fullmatch(r"[0-9]{3,4}", value):
            problem = "a kommune number is four digits (three where a spreadsheet dropped the leading zero)"
            return "kommunenr_format", problem, f"{CORRECT}; delete the row if it is a sum or a note"
        if value.zfill(4) in valid:
            return None
        return "kommunenr_not_valid", *kommuner.why_not_valid(value.zfill(4), day)

    return check


def _positive_integer(_column: Column, survey: Survey, _day: date) -> Check:
    # One or two zero decimals are how programs write a whole number; three could be thousands.
    whole = re.compile(rf"([0-9]+)(?:[{re.escape(survey.decimal_mark)}.]0{{1,2}})?")

    def check(value: str) -> Problem:
        matched = whole.fullmatch(value)
        digits = matched[1].lstrip("0") if matched else ""
        if digits and len(digits) <= len(str(MAX_INTEGER)) and int(digits) <= MAX_INTEGER:
            return None
        expected = f"a whole number from 1 to {MAX_INTEGER}, digits only"
        if re.search(r"[0-9]\s[0-9]", value):
            return (
                "positive_integer",
                f"not {expected}: it holds a space",
                "write it without thousands separator",
            )
        if re.fullmatch(r"[0-9]{1,3}([.,][0-9]{3})+", value):
            problem = f"not {expected}: '{value}' can be read as thousands or as decimals"
            return "positive_integer", problem, "write it without thousands separator and without decimals"
        return "positive_integer", f"not {expected}", CORRECT

    return check


def _number(_column: Column, survey: Survey, _day: date) -> Check:
    mark = survey.decimal_mark
    number = re.compile(rf"[+-]?[0-9]+({re.escape(mark)}[0-9]+)?([eE][+-]?[0-9]{{1,3}})?")

    def check(value: str) -> Problem:
        if number.fullmatch(value) and math.isfinite(float(value.replace(mark, "."))):
            return None
        return (
            "number",
            f"not a number with decimal mark '{mark}'",
            f"write it in digits, with '{mark}' as decimal mark",
        )

    return check


def _non_negative_number(column: Column, survey: Survey, day: date) -> Check:
    is_number = _number(column, survey, day)

    def check(value: str) -> Problem:
        if not value.startswith("-"):
            return is_number(value)
        return is_number(value) or ("negative_number", "less than 0, which this column cannot be", CORRECT)

    return check


def _share(column: Column, survey: Survey, day: date) -> Check:
    is_number = _non_negative_number(column, survey, day)

    def check(value: str) -> Problem:
        problem = is_number(value)
        if problem or float(value.replace(survey.decimal_mark, ".")) <= 1:
            return problem
        return "share_range", "more than 1, the largest that this column can be", "write it as a number from 0 to 1"

    return check


def _weight(column: Column, survey: Survey, day: date) -> Check:
    is_number = _non_negative_number(column, survey, day)

    def check(value: str) -> Problem:
        problem = is_number(value)
        if problem:
            return problem
        weight = float(value.replace(survey.decimal_mark, "."))
        if weight == 0 or LEAST_WEIGHT <= weight <= LARGEST_WEIGHT:
            return None
        return (
            "weight_range",
            f"a weight is 0 (not in the estimates), or from {LEAST_WEIGHT:f} to {LARGEST_WEIGHT:.0f}",
            "multiply all weights of the wave by the same number, or correct it at the source",
        )

    return check


def _country_code(_column: Column, _survey: Survey, _day: date) -> Check:
    known = country_codes()

    def check(value: str) -> Problem:
        if value in known:
            return None
        if not re.fullmatch(r"[A-Z]{3}", value):
            return "country_code", "not an ISO 3166-1 code (three capital letters)", CORRECT
        return "country_code", f"no country of {COUNTRIES} has this code", ADD_COUNTRY

    return check


def _country_name(column: Column, _survey: Survey, _day: date) -> Check:
    known = country_names()
    if column.role != "key":  # beside a code, which says which country it is
        return anything

    def check(value: str) -> Problem:
        if name_key(value) in known:
            return None
        close = get_close_matches(name_key(value), known, n=1)
        guess = f"; did you mean {close[0]}?" if close else ""
        problem = f"no country of {COUNTRIES} has this name{guess}"
        return (
            "country_name",
            problem,
            "correct the value at the source, or add the name to country_alias.csv beside it",
        )

    return check


def _country_code_2(_column: Column, _survey: Survey, _day: date) -> Check:
    known = two_letter_countries()
    folded = {code.casefold(): code for code in known}

    def check(value: str) -> Problem:
        if value in known:
            return None
        close = get_close_matches(value.casefold(), folded, n=1)
        guess = f"; did you mean {folded[close[0]]}?" if close else ""
        return (
            "country_code",
            f"not a two-letter country code, or that of an average, of {COUNTRIES}{guess}",
            ADD_COUNTRY,
        )

    return check


def _score_or_dot(column: Column, survey: Survey, day: date) -> Check:
    is_number = _non_negative_number(column, survey, day)

    def check(value: str) -> Problem:
        # Statistics programs write a dot where there is no number.
        problem = None if value == "." else is_number(value)
        if problem or value == "." or float(value.replace(survey.decimal_mark, ".")) <= 100:
            return problem
        return "score_range", "a score is from 0 to 100, or a dot where there is none", CORRECT

    return check


def _score_1_3(column: Column, survey: Survey, day: date) -> Check:
    is_number = _non_negative_number(column, survey, day)

    def check(value: str) -> Problem:
        problem = is_number(value)
        if problem or 1 <= float(value.replace(survey.decimal_mark, ".")) <= 3:
            return problem
        return "score_range", "not from 1 to 3, as this score is", CORRECT

    return check


def _orgnr(_column: Column, _survey: Survey, _day: date) -> Check:
    def check(value: str) -> Problem:
        if re.fullmatch(r"[0-9]{9}", value):
            return None
        return "orgnr", "not an organisation number (nine digits)", CORRECT

    return check


def _year_of_wave(_column: Column, _survey: Survey, day: date) -> Check:
    return _integer_between(day.year, day.year)


def _year_until_wave(_column: Column, _survey: Survey, day: date) -> Check:
    return _integer_between(FIRST_YEAR, day.year)


def _year_before_wave(_column: Column, _survey: Survey, day: date) -> Check:
    return _integer_between(FIRST_YEAR, day.year - 1)


def _period_until_wave(_column: Column, _survey: Survey, day: date) -> Check:
    def check(value: str) -> Problem:
        period = PERIOD.fullmatch(value)
        if period and FIRST_YEAR <= int(period[1]) <= day.year:
            return None
        example = f"{day.year}, {day.year}K1, {day.year}M01, {day.year}U01"
        problem = f"no period from {FIRST_YEAR} to {day.year}: a year, a quarter, month or week of one ({example})"
        return "period", problem, CORRECT

    return check


CHECKS: dict[str, Callable[[Column, Survey, date], Check]] = {
    TEXT: _text,
    CATEGORY: _text,
    STRATUM: _text,
    KOMMUNE_NAME: _text,
    RESPONDENT_ID: _text,
    UNLINKED_ID: _text,
    "code": _code,
    LABEL: _label,
    KOMMUNENR: _kommunenr,
    "orgnr": _orgnr,
    "positive_integer": _positive_integer,
    KOMMUNE_POPULATION: _positive_integer,
    STRATUM_SIZE: _positive_integer,
    "number": _number,
    "non_negative_number": _non_negative_number,
    "share": _share,
    WEIGHT: _weight,
    "score_or_dot": _score_or_dot,
    "score_1_3": _score_1_3,
    "year_of_wave": _year_of_wave,
    "year_until_wave": _year_until_wave,
    "year_before_wave": _year_before_wave,
    "period_until_wave": _period_until_wave,
    COUNTRY_CODE: _country_code,
    COUNTRY_CODE_2: _country_code_2,
    COUNTRY_NAME: _country_name,
}
NUMERIC = {
    "positive_integer", KOMMUNE_POPULATION, STRATUM_SIZE, "number", "non_negative_number", "share", WEIGHT,
    "score_or_dot", "score_1_3", "year_of_wave", "year_until_wave", "year_before_wave",
}  # fmt: skip
