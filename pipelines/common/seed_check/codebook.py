"""What must be so among the seeds that say how deliveries look: waves, columns, filters, needs, other names.

Not here: what a data test of the seed says already (evaluate.py), and what is made of the answers (estimates.py).
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from pipelines.common.seed_check.tables import Finding, Row, Seeds

CODED = ("code", "label")  # data types whose cells are codes of a frame
IGNORED, ANSWER = "ignored", "answer"
OF_KOMMUNE = ("kommune_sentralitet", "kommune_population")  # seeds whose numbers say something of a kommune
REGIONS = ("fylkesnr", "kommunenr")  # which are categories themselves
OF_CHANGES = ("merger",)  # what harmonised_kommune makes of the changes of kommuner

# Of a survey, a wave and a part of its delivery: {column: its row}.
Delivered = dict[tuple[str, str, str], dict[str, Row]]


def waves_of(seeds: Seeds, row: Row) -> list[str]:
    """The waves that there are of a row of the codebook."""
    first, last = row.number("from_wave"), row.number("to_wave")
    waves = {wave["wave"]: wave.number("wave") for wave in seeds["wave"].by("survey").get((row["survey"],), [])}
    return [
        text
        for text, wave in waves.items()
        if wave is not None and first is not None and first <= wave <= (wave if last is None else last)
    ]


def delivered(seeds: Seeds) -> Delivered:
    """The columns of each table of each wave."""
    found: Delivered = defaultdict(dict)
    for row in seeds["codebook"].rows:
        for wave in waves_of(seeds, row):
            found[row["survey"], wave, row["part"]][row["column_name"]] = row
    return found


def used(columns: dict[str, Row]) -> dict[str, Row]:
    """Those that are read."""
    return {name: row for name, row in columns.items() if row["role"] != IGNORED}


def periods(seeds: Seeds) -> Iterator[Finding]:
    """A row holds from its first wave to a later one, and no other row says something else of the column meanwhile."""
    for rows in seeds["codebook"].by("survey", "part", "column_name").values():
        for row in rows:
            first, last = row.number("from_wave"), row.number("to_wave")
            if first and last is not None and last < first and not waves_of(seeds, row):
                problem = f"the row ends before it begins, in {row['from_wave']}"
                yield row.wrong("to_wave", "codebook_period", problem, "write the last wave, or leave it blank")
        for one, other in combinations(rows, 2):
            if both := sorted(set(waves_of(seeds, one)) & set(waves_of(seeds, other))):
                yield other.wrong(
                    "from_wave",
                    "codebook_overlap",
                    f"line {one.line} says what {one['column_name']} is in {', '.join(both)} as well",
                    "end the earlier row in the wave before, in to_wave",
                )


def waves_without_columns(seeds: Seeds) -> Iterator[Finding]:
    """A wave has columns."""
    described = {(survey, wave) for survey, wave, _ in delivered(seeds)}
    for row in seeds["wave"].rows:
        if row.of(("survey", "wave")) not in described:
            problem = f"no row of seeds/codebook/codebook.csv holds in {row['survey']} {row['wave']}"
            yield row.wrong("wave", "wave_columns", problem, "add its columns there, or delete the wave")


def names(seeds: Seeds) -> Iterator[Finding]:
    """Columns are written in lower case."""
    for row in seeds["codebook"].rows:
        if row["column_name"] != row["column_name"].lower():
            problem = "has capital letters; a file may have them, the codebook does not"
            yield row.wrong("column_name", "lower_case", problem, f"write {row['column_name'].lower()}")


def meanings(seeds: Seeds) -> Iterator[Finding]:
    """An answer is to a question, and codes are of a frame."""
    for row in seeds["codebook"].rows:
        if row["role"] == ANSWER and not row["question_id"]:
            yield row.wrong("question_id", "answer_question", "an answer is to no question", "name the question")
        if row["data_type"] in CODED and not row["code_frame"]:
            yield row.wrong("code_frame", "coded_frame", "the codes are of no frame", "name the frame of its codes")


def filters(seeds: Seeds) -> Iterator[Finding]:
    """What opens a question is a column of the same table and waves, and the code is one of its frame."""
    codes, tables = seeds["code_frame"].keys("code_frame", "code"), delivered(seeds)
    for row in seeds["codebook"].rows:
        if bool(row["filter_column"]) != bool(row["filter_code"]):
            blank = "filter_code" if row["filter_column"] else "filter_column"
            yield row.wrong(blank, "filter", "column and code of a filter stand together", "fill in both or none")
        elif row["filter_column"]:
            yield from _filter(row, waves_of(seeds, row), tables, codes)


def _filter(row: Row, waves: list[str], tables: Delivered, codes: set[tuple[str, ...]]) -> Iterator[Finding]:
    for wave in waves:
        opens = tables[row["survey"], wave, row["part"]].get(row["filter_column"])
        if opens is None:
            problem = f"{row['survey']} {wave} has no such column" + f" in part {row['part']}" * bool(row["part"])
            yield row.wrong("filter_column", "filter", problem, "correct it, or let the row end before that wave")
            return
        if (opens["code_frame"], row["filter_code"]) not in codes:
            problem = f"is no code of {opens['column_name']} in {wave} (frame {opens['code_frame'] or 'none'})"
            yield row.wrong("filter_code", "filter", problem, "write a code of seeds/scales/code_frame.csv")
            return


def needs(seeds: Seeds) -> Iterator[Finding]:
    """Each wave has, of what later layers need, one of the columns that give it."""
    tables = delivered(seeds)
    for (survey, part, need), rows in seeds["needed_column"].by("survey", "part", "need").items():
        alternatives = {row["column_name"] for row in rows}
        for (of, wave, table), columns in tables.items():
            if (of, table) == (survey, part) and not alternatives & used(columns).keys():
                problem = f"the codebook of {survey} {wave} has none of {', '.join(sorted(alternatives))} ({need})"
                yield rows[0].wrong("column_name", "needed_column", problem, "add such a row to codebook.csv")


def columns_named(seeds: Seeds) -> Iterator[Finding]:
    """A seed that names a column of a table names one that the table has."""
    known = seeds["codebook"].keys("survey", "part", "column_name")
    of_surveys = seeds["codebook"].keys("survey", "column_name")
    for seed in ("column_alias", "column_label", "needed_column"):
        for row in seeds[seed].rows:
            is_known = row.of(("survey", "part", "column_name")) in known
            if not is_known and row.of(("survey", "column_name")) in of_surveys:  # else it is told of already
                problem = f"{row['column_name']} is a column of another table of the delivery"
                yield row.wrong("part", "column_part", problem, "write its part as in seeds/codebook/codebook.csv")


def other_names(seeds: Seeds) -> Iterator[Finding]:
    """Another name of a column is not the name of a column of its waves itself, whose place it would take."""
    waves_with: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for (survey, wave, part), columns in delivered(seeds).items():
        for name in columns:
            waves_with[survey, part, name].add(wave)
    for row in seeds["column_alias"].rows:
        names = row["column_name"], row["delivered_name"].lower()
        both = set.intersection(*(waves_with[row["survey"], row["part"], name] for name in names))
        if row["wave"]:
            both &= {row["wave"]}
        if both:
            problem = f"is a column of the codebook itself in {', '.join(sorted(both))}"
            yield row.wrong("delivered_name", "column_alias", problem, "delete the row")


def labels(seeds: Seeds) -> Iterator[Finding]:
    """Every column that is no question is described to those who deliver it, and nothing else is."""
    described = seeds["column_label"].keys("survey", "part", "column_name")
    wanted = {
        row.of(("survey", "part", "column_name")): row
        for row in seeds["codebook"].rows
        if row["role"] != IGNORED and not row["question_id"]
    }
    for key in wanted.keys() - described:
        row = wanted[key]
        if row["role"] != ANSWER:  # of which it is told that the question is missing
            remedy = f"add the row {','.join(key)},<what it holds>, to seeds/codebook/column_label.csv"
            yield row.wrong("column_name", "column_label", "nothing says what the column holds", remedy)
    known = seeds["codebook"].keys("survey", "part", "column_name")
    for row in seeds["column_label"].rows:
        if (key := row.of(("survey", "part", "column_name"))) in known and key not in wanted:
            problem = "is a question, or ignored: its words stand elsewhere"
            yield row.wrong("column_name", "column_label", problem, "delete the row")


def breakdowns(seeds: Seeds) -> Iterator[Finding]:
    """What decides a category is known of respondents, comes from a column of the delivery, and has categories."""
    with_categories = seeds["category"].keys("survey", "breakdown")
    columns, questions = seeds["codebook"].by("survey"), seeds["question"].by("survey")
    of_kommune = {name for seed in OF_KOMMUNE for name in seeds[seed].header if "year" not in name}
    of_kommune |= {*REGIONS, *OF_CHANGES}
    for row in seeds["breakdown"].rows:
        source = row["source_column"]
        if not source:
            continue
        of_survey = columns.get((row["survey"],), [])
        known = {
            name for column in of_survey for name in column.of(("field", "column_name")) if column["role"] != ANSWER
        }
        if "kommunenr" in known:
            known |= of_kommune
        asked = {question["question_id"] for question in questions.get((row["survey"],), [])}
        if source not in known | asked:
            problem = f"nothing of this name is known of the respondents of {row['survey']}"
            remedy = f"write a question, or one of {', '.join(sorted(known - {''}))}"
            yield row.wrong("source_column", "breakdown", problem, remedy)
        if source not in REGIONS and row.of(("survey", "breakdown")) not in with_categories:
            remedy = "add its categories to seeds/codebook/category.csv"
            yield row.wrong("breakdown", "breakdown", "has no categories", remedy)
        if not row["delivered_column"]:
            remedy = "name the column of codebook.csv that it is, or is made from"
            yield row.wrong("delivered_column", "breakdown", "is blank beside a source_column", remedy)


RULES = (
    periods, waves_without_columns, names, meanings, filters, needs, columns_named, other_names, labels, breakdowns,
)  # fmt: skip
