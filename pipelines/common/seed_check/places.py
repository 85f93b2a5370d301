"""What must be so among the seeds of kommuner and countries: periods, changes, shares, one country for a name.

Not here: what is made of them (the crosswalk and the rankings of dbt_project).
"""

from collections import defaultdict
from collections.abc import Iterator

from pipelines.common.seed_check.tables import Finding, Seeds

ALWAYS = "9999-12-31"


def periods(seeds: Seeds) -> Iterator[Finding]:
    """A period of a kommune ends after it begins, and both are a change, but for the first day of all."""
    kommuner, changes = seeds["kommune"].rows, seeds["kommune_change"]
    first_day = min((row["valid_from"] for row in kommuner), default="")
    begun = changes.keys("change_date", "to_kommunenr")
    ended = changes.keys("change_date", "from_kommunenr")
    for row in kommuner:
        if row["valid_to"] and row["valid_to"] <= row["valid_from"]:
            problem = f"the period ends before it begins, {row['valid_from']}"
            yield row.wrong("valid_to", "kommune_period", problem, "correct one of the two")
        if row["valid_from"] != first_day and row.of(("valid_from", "kommunenr")) not in begun:
            problem = f"{row['kommunenr']} begins then, and no change leads to it"
            yield row.wrong("valid_from", "kommune_change", problem, "add the change to kommune_change.csv")
        if row["valid_to"] and row.of(("valid_to", "kommunenr")) not in ended:
            problem = f"{row['kommunenr']} ends then, and no change leads from it"
            yield row.wrong("valid_to", "kommune_change", problem, "add the change to kommune_change.csv")


def changes(seeds: Seeds) -> Iterator[Finding]:
    """A change leads, on a 1 January, from a kommune of the day before to one of the day."""
    periods_of = defaultdict(list)
    for row in seeds["kommune"].rows:
        periods_of[row["kommunenr"]].append((row["valid_from"], row["valid_to"] or ALWAYS))
    for row in seeds["kommune_change"].rows:
        day, old, new = row.of(("change_date", "from_kommunenr", "to_kommunenr"))
        if not day.endswith("-01-01"):
            problem = "is not a 1 January: the crosswalk steps from one to the next, and would misdate it"
            yield row.wrong("change_date", "kommune_change", problem, "give the 1 January from which it counts")
        if old in periods_of and not any(first < day <= last for first, last in periods_of[old]):
            problem = f"was no kommune on the day before {day}"
            yield row.wrong("from_kommunenr", "kommune_change", problem, "correct it, or kommune.csv")
        if new in periods_of and not any(first <= day < last for first, last in periods_of[new]):
            problem = f"was no kommune on {day}"
            yield row.wrong("to_kommunenr", "kommune_change", problem, "correct it, or kommune.csv")


def shares(seeds: Seeds) -> Iterator[Finding]:
    """The shares of what was divided sum to one."""
    for seed, divided in SHARES:
        for rows in seeds[seed].by(*divided).values():
            total = sum(row.number("population_share") or 0 for row in rows)
            if abs(total - 1) > 1e-9:
                names = " ".join(rows[0].of(divided))
                problem = f"the shares of {names} sum to {total:g}, not to 1"
                yield rows[-1].wrong("population_share", "split_shares", problem, "correct them, or add a missing row")


LEAST_RANKED = 2
SHARES = (
    ("kommune_split_share", ("change_date", "from_kommunenr")),
    ("kommune_split_origin", ("change_date", "from_kommunenr", "origin_kommunenr")),
)


def divisions(seeds: Seeds) -> Iterator[Finding]:
    """Each part of a divided kommune has a share: equal parts are never assumed."""
    columns = ("change_date", "from_kommunenr", "to_kommunenr")
    shared = seeds["kommune_split_share"].keys(*columns)
    for changed in seeds["kommune_change"].by(*columns[:2]).values():
        parts = [row for row in changed if row["change_type"] != "renamed"]
        for row in parts if len(parts) > 1 else ():
            if row.of(columns) not in shared:
                problem = f"{row['from_kommunenr']} is divided then, and this part has no share of its inhabitants"
                yield row.wrong("to_kommunenr", "split_shares", problem, "add a row to kommune_split_share.csv")


def countries(seeds: Seeds) -> Iterator[Finding]:
    """A code or name stands for one country: a row of a ranking would be counted for each of them."""
    columns = ("country", "country_2", "country_iso2", "country_name")
    known: dict[str, str] = {}
    named = [(row, column) for row in seeds["country"].rows for column in columns]
    for row, column in [*named, *((row, "alias") for row in seeds["country_alias"].rows)]:
        folded = " ".join(row[column].split()).casefold()
        other = known.setdefault(folded, row["country"])
        if folded and other != row["country"]:
            yield row.wrong(column, "country_name", f"stands for {other} as well", "delete one of the two")


def rankings(seeds: Seeds) -> Iterator[Finding]:
    """Places are computed among several countries: with one, any file would be whole."""
    for row in seeds["ranking_rule"].rows:
        least = row.number("least_countries")
        if least is not None and least < LEAST_RANKED:
            remedy = "write how many countries the index has, or leave it blank: then no place is computed"
            yield row.wrong("least_countries", "ranking_rule", "is too few for a ranking of all countries", remedy)


RULES = (periods, changes, shares, divisions, countries, rankings)
