"""What must be so of the seeds of the goals, beside what is declared of them (seeds/goals/_goals.yml).

Not here: what is made of them (key_figures.py, editions.py).
"""

from collections.abc import Iterator

from pipelines.common.seed_check.tables import Finding, Seeds


def editions(seeds: Seeds) -> Iterator[Finding]:
    """Every key figure is printed in an edition: one that is in none would have no goal, and no row."""
    printed = seeds["key_figure_edition"].keys("key_figure")
    for row in seeds["key_figure"].rows:
        if row.of(["key_figure"]) not in printed:
            remedy = "add a row to key_figure_edition.csv for each edition that prints it"
            yield row.wrong("key_figure", "key_figure_edition", "no edition prints it", remedy)


def countries(seeds: Seeds) -> Iterator[Finding]:
    """A placement is among so many countries."""
    placements = {row["unit"] for row in seeds["key_figure_unit"].rows if row["is_placement"] == "true"}
    for row in seeds["key_figure"].rows:
        if row["unit"] in placements and not row["n_countries"]:
            problem, remedy = "is a place among nobody knows how many", "write how many countries are ranked"
            yield row.wrong("n_countries", "key_figure_countries", problem, remedy)


RULES = (editions, countries)
