"""The deliveries of the made-up survey of docs/adding-a-survey.md: answers that follow from the kommune's number.

Not here: the rows that describe it (the page), and what is expected of it (test_new_survey.py).
"""

import csv
from pathlib import Path

from pipelines.common.seeds import read_seed

Answers = dict[str, str]  # of a kommune, by column, as written in the file


def kommuner(wave: int) -> list[str]:
    """The numbers of the kommuner on 1 January of the wave."""
    day = f"{wave}-01-01"
    return sorted(
        row["kommunenr"]
        for row in read_seed("kommune")
        if row["valid_from"] <= day and (not row["valid_to"] or row["valid_to"] > day)
    )


def answers(wave: int) -> list[Answers]:
    """What the kommuner deliver: eight of nine do, and some leave a question blank."""
    return [_answers(wave, number) for number in kommuner(wave) if int(number) % 9]


def _answers(wave: int, kommunenr: str) -> Answers:
    n = int(kommunenr)
    plan = "" if n % 13 == 0 else "1" if n % 3 else "2"
    areas = {"plan_tjenester": n % 2, "plan_data": n // 2 % 2, "plan_sikkerhet": int(n % 5 > 0)}
    return {
        "kommunenr": kommunenr,
        "poeng": "" if n % 11 == 3 else str((7 * n + wave) % 101),
        "utgifter": f"{37 * n % 1000 / 10}".replace(".", ","),
        "plan": plan,
        **{column: str(area) if plan == "1" else "" for column, area in areas.items()},
        "ledelse": str(1 + n % 5),
    }


def fill_in(template: Path, wave: int) -> None:
    """Write the answers below the header of a template."""
    with template.open(encoding="utf-8-sig", newline="") as file:
        (header,) = csv.reader(file, delimiter=";")
    with template.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, header, delimiter=";").writerows(answers(wave))
