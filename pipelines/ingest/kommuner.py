"""Which kommune numbers are valid on a date, and what became of those that are not.

Not here: moving answers between divisions (the crosswalk, in dbt).
"""

import re
from datetime import date

from pipelines.common.seeds import read_seed


def valid_on(day: date) -> set[str]:
    """The four-digit numbers valid on `day` (from inclusive, to exclusive)."""
    return set(names_on(day))


def names_on(day: date) -> dict[str, list[str]]:
    """{number valid on `day`: the names of its kommune, parallel ones each by itself}."""
    iso = day.isoformat()
    return {
        row["kommunenr"]: re.split(r" - | / ", row["kommunenavn"])
        for row in read_seed("kommune")
        if row["valid_from"] <= iso and (not row["valid_to"] or iso < row["valid_to"])
    }


def population_on(day: date) -> dict[str, int]:
    """{number: inhabitants on 1 January of that year}, of the kommuner of which that is known."""
    return {
        row["kommunenr"]: int(row["population"])
        for row in read_seed("kommune_population")
        if row["year"] == str(day.year)
    }


def adults_in(year: int) -> int:
    """Inhabitants of the country of 16 years and over, of the year that is nearest; rounded to ten thousands."""
    nearest = min(read_seed("adult_population"), key=lambda row: abs(int(row["year"]) - year))
    return int(nearest["n_adults"])


def why_not_valid(kommunenr: str, day: date) -> tuple[str, str]:
    """(problem, remedy) for a number not valid on `day`: when it was valid, and who came after or before."""
    periods = _periods(kommunenr)
    if not periods:
        return (
            f"no kommune has had the number {kommunenr} in the years that seeds/regions/kommune.csv covers",
            "correct the number in the delivery",
        )
    was_valid = " and ".join(f"from {start} to {end or 'today'}" for start, end in periods)
    problem = f"{kommunenr} {_name(kommunenr)} was valid {was_valid}, not on {day.isoformat()}"
    if periods[0][0] > day.isoformat():
        related = _related(kommunenr, periods[0][0], this="to_kommunenr", other="from_kommunenr")
        before = f"; it took over from {related}" if related else ""
        return problem + before, "use the number of the kommune on that date"
    related = _related(kommunenr, periods[-1][1], this="from_kommunenr", other="to_kommunenr")
    after = f"; its successor is {related}" if related else ""
    return (
        problem + after,
        "use the number of the kommune on that date, or move the file to the wave it is from",
    )


def _periods(kommunenr: str) -> list[tuple[str, str]]:
    """When the number was in use; a change of name does not end a period."""
    periods: list[tuple[str, str]] = []
    for row in sorted(
        (row for row in read_seed("kommune") if row["kommunenr"] == kommunenr), key=lambda r: r["valid_from"]
    ):
        if periods and periods[-1][1] == row["valid_from"]:
            periods[-1] = (periods[-1][0], row["valid_to"])
        else:
            periods.append((row["valid_from"], row["valid_to"]))
    return periods


def _related(kommunenr: str, change_date: str, this: str, other: str) -> str:
    numbers = [
        row[other]
        for row in read_seed("kommune_change")
        if row["change_date"] == change_date and row[this] == kommunenr and row[other] != kommunenr
    ]
    return ", ".join(f"{number} {_name(number)}" for number in numbers)


def _name(kommunenr: str) -> str:
    names = [row["kommunenavn"] for row in read_seed("kommune") if row["kommunenr"] == kommunenr]
    return names[-1] if names else ""
