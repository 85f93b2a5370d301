"""What must be so of the seeds that say who publishes, and what tables are called.

Not here: what is declared of them (seeds/labels/_labels.yml), and which tables and columns there are (contracts).
"""

import re
from collections.abc import Iterator

from pipelines.common.seed_check.tables import Finding, Seeds

ADDRESS = re.compile(r"https://[^\s/]+(/[^\s/?#]+)*")
EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2, 1)  # of an organisation number: the sum is a multiple of 11


def publication(seeds: Seeds) -> Iterator[Finding]:
    """One row, whose address, number and e-mail are such."""
    rows = seeds["publication"].rows
    if len(rows) != 1:
        problem, remedy = f"has {len(rows)} rows", "leave one, that of whoever publishes"
        yield Finding(seeds["publication"].file, 1, "", "", "publication_row", problem, remedy)
    for row in rows:
        if not ADDRESS.fullmatch(row["address"]):
            remedy = "write a whole address from https:// on, without ? and # and without a / at the end"
            yield row.wrong("address", "publication_address", "is no address of a folder on the web", remedy)
        if not is_organisation(row["publisher_number"]):
            remedy = "write the nine digits of the publisher in Enhetsregisteret"
            yield row.wrong("publisher_number", "publication_number", "is no organisation number", remedy)
        if not EMAIL.fullmatch(row["contact_email"]):
            yield row.wrong(
                "contact_email", "publication_email", "is no address for e-mail", "write one, name@place.no"
            )


def is_organisation(number: str) -> bool:
    """Whether nine digits are an organisation number by their last, the check digit."""
    return re.fullmatch(r"[0-9]{9}", number) is not None and (
        sum(w * int(digit) for w, digit in zip(WEIGHTS, number, strict=True)) % 11 == 0
    )


def surveys(seeds: Seeds) -> Iterator[Finding]:
    """A table is made of surveys that there are."""
    known = seeds["survey"].keys("survey")
    for row in seeds["table_label"].rows:
        if unknown := [survey for survey in row["surveys"].split() if (survey,) not in known]:
            problem = f"seeds/codebook/survey.csv has no {', '.join(unknown)}"
            yield row.wrong("surveys", "label_survey", problem, "correct it; a space stands between two")


def references(seeds: Seeds) -> Iterator[Finding]:
    """As many columns refer as are referred to."""
    for row in seeds["table_reference"].rows:
        if len(row["columns"].split()) != len(row["to_columns"].split()):
            problem = f"names other numbers of columns than to_columns, {row['to_columns']!r}"
            yield row.wrong("columns", "reference_columns", problem, "write the columns in the order of to_columns")


RULES = (publication, surveys, references)
