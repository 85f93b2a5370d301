"""Who is counted: how many a survey is drawn from, and that questions are estimated of those who were asked.

Not here: the columns that say so (respondents.py), and rules of a population (estimates.py).
"""

from collections.abc import Iterator

from pipelines.common.seed_check.estimates import counted
from pipelines.common.seed_check.respondents import staged_names
from pipelines.common.seed_check.tables import Finding, Seeds

KOMMUNER, DELIVERED = "kommuner", "delivered"  # as population_size of a survey
STRATUM, SIZE = "stratum", "stratum_population"


def sizes(seeds: Seeds) -> Iterator[Finding]:
    """All kommuner are one stratum; a size that is delivered is in every table of the delivery."""
    for row in seeds["survey"].rows:
        tables = _names(seeds, row["survey"])
        if row["population_size"] == KOMMUNER:
            several = [f"the part {part}" for part in tables if part]
            several += [f"a column {STRATUM}" for names in tables.values() if STRATUM in names]
            if several:
                problem = f"the kommuner are one stratum, and the survey has {' and '.join(several)}"
                remedy = "write delivered, and give the size of each stratum with its respondents"
                yield row.wrong("population_size", "population_size", problem, remedy)
        elif row["population_size"] == DELIVERED:
            for part in (part for part, names in tables.items() if SIZE not in names):
                problem = f"{f'the part {part}' if part else 'the table'} has no column of data type stratum_size"
                remedy = "add it to seeds/codebook/codebook.csv, or leave population_size blank"
                yield row.wrong("population_size", "population_size", problem, remedy)


def stated(seeds: Seeds) -> Iterator[Finding]:
    """A size that is delivered is used."""
    for row in seeds["survey"].rows:
        is_delivered = any(SIZE in names for names in _names(seeds, row["survey"]).values())
        if is_delivered and row["population_size"] != DELIVERED:
            problem = "the deliveries have a column of data type stratum_size, which would not be used"
            yield row.wrong("population_size", "population_size", problem, f"write {DELIVERED}")


def _names(seeds: Seeds, survey: str) -> dict[str, set[str]]:
    """{part of the deliveries: what its columns are called once staged}."""
    found: dict[str, set[str]] = {}
    for row in seeds["codebook"].by("survey").get((survey,), ()):
        found.setdefault(row["part"], set()).update(name for name, _ in staged_names(row))
    return found


def asked_of(seeds: Seeds) -> Iterator[Finding]:
    """A question that one part of a delivery asks is estimated of a population of that part."""
    items, populations = seeds["question"].by("survey", "item_group"), seeds["population"].by("survey", "population")
    asking_parts = _asking_parts(seeds)
    for row in seeds["estimate"].rows:
        of = {population["part"] for population in populations.get(row.of(("survey", "population")), ())}
        for question in items.get(row.of(("survey", "item_group")), ()) if len(of) == 1 else ():
            (part,), asking = of, asking_parts.get(question["question_id"], set())
            if asking and asking != {part} and (part or len(asking) == 1):
                parts = " and ".join(sorted(asking)) or "(blank)"
                problem = f"{question['question_id']} is asked in part {parts}, the population of {part or '(blank)'}"
                remedy = f"name a population of part {parts}, or add one to seeds/codebook/population.csv"
                yield row.wrong("population", "population_part", problem, remedy)
                break


def _asking_parts(seeds: Seeds) -> dict[str, set[str]]:
    """{question: the parts of the deliveries that ask it, or the items that it counts}."""
    rows_of = seeds["codebook"].by("question_id")
    of_items = {question: {row["part"] for row in rows} for (question,), rows in rows_of.items()}
    of_counts = {count: set().union(*(of_items.get(i, ()) for i in items)) for count, items in counted(seeds).items()}
    return of_items | of_counts


RULES = (sizes, stated, asked_of)
