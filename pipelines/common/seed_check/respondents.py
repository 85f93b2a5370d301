"""What must be so of the columns of surveys whose respondents are estimated from: names, meaning, codes, blanks.

Not here: what holds of any column (codebook.py), and who is in a base (populations.py). One model serves every survey
and wave (dbt_project/macros/respondents.sql), and finds by its name what it needs.
"""

from collections.abc import Iterator

from pipelines.common.seed_check.codebook import ANSWER, CODED, IGNORED, waves_of
from pipelines.common.seed_check.surveys import RESPONDENTS
from pipelines.common.seed_check.tables import Finding, Row, Seeds

# {data type: the name under which later layers look for the column}
NAMES = {"weight": "weight", "stratum_size": "stratum_population", "stratum": "stratum", "kommunenr": "kommunenr"}
# {name: the only data type it may have}; a stratum may be any text
TYPES = {name: data_type for data_type, name in NAMES.items() if data_type != "stratum"}
LABEL = "label"
NOT_STAGED = ("respondent_id", "unlinked_respondent_id")  # data types of who a respondent is
STAGED_BESIDE = {"wave", "respondent_no"}  # columns that every staged table has of its own
MODELLED_BESIDE = STAGED_BESIDE | {
    "part", "stratum", "weight", "stratum_id", "weight_units", "weight_square_upper", "weight_square_lower",
    "unstated",
}  # fmt: skip
LARGEST_CODE = 2**15 - 1  # of a smallint; -1 stands for a filter that is closed
NOT_OF_ANSWERS = ("ikke_oppgitt", "utenfor_utvalget")  # kinds of a blank
STEADY = ("data_type", "field")
KEY = "key"
KEY_TYPES = (*NOT_STAGED, "kommunenr", "orgnr")  # what may tell respondents apart; an id of people is never shown


def staged_names(row: Row) -> list[tuple[str, str]]:
    """What staging calls the column of a row, with its data type.

    A column that comes as a label is there twice, its code and, under its field, the label; one not staged, not at all.
    """
    own, field = row["column_name"].lower(), row["field"]
    if row["role"] == IGNORED or row["data_type"] in NOT_STAGED:
        return []
    if row["role"] == ANSWER or not field:
        return [(own, row["data_type"])]
    return [(field, "text"), (own, LABEL)] if row["data_type"] == LABEL else [(field, row["data_type"])]


def is_background(row: Row) -> bool:
    """Whether the column is known of a respondent beside the answers."""
    return row["role"] not in (IGNORED, ANSWER)


def of_respondents(seeds: Seeds) -> list[Row]:
    """The rows of the codebook of surveys whose respondents are estimated from."""
    surveys = {row["survey"] for row in seeds["survey"].rows if row["kind"] == RESPONDENTS}
    return [row for row in seeds["codebook"].rows if row["survey"] in surveys]


def design(seeds: Seeds) -> Iterator[Finding]:
    """Weight, stratum and kommune have the names by which they are found, and nothing else has."""
    for row in filter(is_background, of_respondents(seeds)):
        for name, data_type in staged_names(row):
            if data_type in NAMES and name != NAMES[data_type]:
                problem = f"later layers know a {data_type} as {NAMES[data_type]}, and this is called {name}"
                yield row.wrong("field", "design_name", problem, f"write {NAMES[data_type]}")
            elif TYPES.get(name, data_type) != data_type:
                problem = f"later layers take the column {name} for a {TYPES[name]}"
                remedy = f"write {TYPES[name]}, or give the column another name in field"
                yield row.wrong("data_type", "design_name", problem, remedy)


def free_names(seeds: Seeds) -> Iterator[Finding]:
    """No two columns of a table are called the same once they are staged."""
    for columns in seeds["codebook"].by("survey", "part").values():
        first_rows = {row["column_name"]: row for row in reversed(columns) if row["role"] != IGNORED}
        called: dict[str, Row | None] = dict.fromkeys(STAGED_BESIDE)
        for row in reversed(first_rows.values()):
            for name, _ in staged_names(row):
                if name in called:
                    yield _taken(name, row, called[name])
                called.setdefault(name, row)


def _taken(name: str, row: Row, other: Row | None) -> Finding:
    """That a column is called as another, None: one of every table. Wrong is the one that was given the name."""
    wrong, right = (other, row) if other and row["field"] != name else (row, other)
    named = f"the column {right['column_name']}" if right else "a column of every table"
    column = "field" if wrong["field"] == name else "column_name"
    return wrong.wrong(column, "free_name", f"{named} is called {name} as well", "give it a name of its own in field")


def free_questions(seeds: Seeds) -> Iterator[Finding]:
    """A question is not called what another column of its respondents is called."""
    background = filter(is_background, of_respondents(seeds))
    taken = {(row["survey"], name) for row in background for name, _ in staged_names(row)}
    for row in seeds["question"].rows:
        if row["question_id"] in MODELLED_BESIDE or row.of(("survey", "question_id")) in taken:
            problem = "is the name of a column that is no question"
            yield row.wrong("question_id", "free_name", problem, "give the question another id")


def steady(seeds: Seeds) -> Iterator[Finding]:
    """What is known of respondents beside their answers is the same column in all its waves."""
    remedy = "end the one in to_wave; give the other a column_name of its own, and a row in column_alias.csv"
    columns: dict[tuple[str, ...], list[Row]] = {}
    for row in of_respondents(seeds):
        columns.setdefault(row.of(("survey", "part", "column_name")), []).append(row)
    for rows in columns.values():
        first = next(filter(is_background, rows), None)
        if first is None:
            continue
        for row in rows:
            for name in _unlike(row, first):
                problem = f"line {first.line} says {first[name] or 'nothing'} of {row['column_name']} in other waves"
                yield row.wrong(name, "steady_column", problem, remedy)


def _unlike(row: Row, first: Row) -> list[str]:
    """The cells that make a row another column than the first. Labels may become others: their codes are ours."""
    if not is_background(row):
        return ["role"]
    compared = STEADY if row["data_type"] == first["data_type"] == LABEL else (*STEADY, "code_frame")
    return [name for name in compared if row[name] != first[name]]


def asked_once(seeds: Seeds) -> Iterator[Finding]:
    """A question is in one column of a wave."""
    first: dict[tuple[str, ...], Row] = {}
    for row in (row for row in seeds["codebook"].rows if row["role"] == ANSWER and row["question_id"]):
        for wave in waves_of(seeds, row):
            other = first.setdefault((*row.of(("survey", "question_id")), wave), row)
            if other.of(("part", "column_name")) != row.of(("part", "column_name")):
                problem = f"line {other.line} has the question in {wave} as well, in {other['column_name']}"
                remedy = "name another question, or end one of the rows in to_wave"
                yield row.wrong("question_id", "asked_once", problem, remedy)
                break


def keys(seeds: Seeds) -> Iterator[Finding]:
    """Every table of respondents says who answered, people by an id that is stored as a pseudonym."""
    tables: dict[tuple[str, str], list[Row]] = {}
    for row in of_respondents(seeds):
        tables.setdefault((row["survey"], row["part"]), []).append(row)
    for rows in tables.values():
        of_key = [row for row in rows if row["role"] == KEY]
        if not of_key:
            problem = "no column of the table is its key, so that nobody would be found twice"
            yield rows[0].wrong("role", "respondent_key", problem, f"give the column of who answers the role {KEY}")
        for row in (row for row in of_key if row["data_type"] not in KEY_TYPES):
            remedy = f"write {', '.join(KEY_TYPES)}: people have a respondent_id, which is stored as a pseudonym"
            yield row.wrong("data_type", "respondent_key", "does not say who answered", remedy)


def labels(seeds: Seeds) -> Iterator[Finding]:
    """A label stands for one code: what comes in words could not be told apart."""
    frames = {row["code_frame"] for row in seeds["codebook"].rows if row["data_type"] == LABEL}
    first: dict[tuple[str, str], Row] = {}
    for row in (row for row in seeds["code_frame"].rows if row["code_frame"] in frames):
        other = first.setdefault((row["code_frame"], row["answer_nb"].casefold()), row)
        if other is not row:
            problem = f"is the label of code {other['code']}, too (line {other.line}), and the answers come as labels"
            yield row.wrong("answer_nb", "label_of_one_code", problem, "give each code the label that is delivered")


def blanks(seeds: Seeds) -> Iterator[Finding]:
    """A blank in place of an answer is of a kind that answers have."""
    for row in seeds["codebook"].rows:
        if row["role"] == ANSWER and row["blank_kind"] in NOT_OF_ANSWERS:
            remedy = "write ubesvart, vet_ikke, ikke_spurt or ikke_relevant"
            yield row.wrong("blank_kind", "answer_blank", "is not said of an answer, but of other columns", remedy)


def codes(seeds: Seeds) -> Iterator[Finding]:
    """The code of an answer fits in the column that it is kept in, where a negative one would be a closed filter."""
    answers = [row for row in seeds["codebook"].rows if row["role"] == ANSWER and row["data_type"] in CODED]
    frames = {row["code_frame"] for row in answers}
    for row in (row for row in seeds["code_frame"].rows if row["code_frame"] in frames):
        if not 0 <= (row.number("code") or 0) <= LARGEST_CODE:
            remedy = "agree on another code with those who deliver it, or take the labels (data_type label)"
            yield row.wrong("code", "answer_code", f"codes of answers are 0 to {LARGEST_CODE}", remedy)


RULES = (design, free_names, free_questions, steady, asked_once, keys, labels, blanks, codes)
