"""A survey of the benchmark's own: 20 questions by 5 breakdowns, 1 to 10 million respondents, in rows of seeds.

Not here: timing anything (estimates.py). The project's models are used as they are; only seeds differ.
"""

from pathlib import Path

import duckdb

from pipelines.common.seeds import read_seed
from tests.own_project import OwnProject, Rows, note_load

SURVEY = "dfo_innbygger"
WAVE = 2023
QUESTIONS = [f"q{number:02d}" for number in range(1, 21)]
FRAME = "dfo_daarlig_godt_0_10"
# {breakdown: its source}; with the categories of the project's seeds the finest cells are 2 x 5 x 4 x 6 x 356.
BREAKDOWNS = {
    "kjonn": "kjonn",
    "aldersgruppe": "alder",
    "utdanning": "utdanning",
    "husstandsinntekt": "husstandsinntekt",
    "kommune": "kommunenr",
}
BACKGROUND = {"kjonn": (1, 2), "alder": (16, 95), "utdanning": (1, 5), "husstandsinntekt": (1, 6)}
SHARE_MISSING = 0.07


def project(folder: Path) -> OwnProject:
    """The project in `folder`, with the benchmark's survey in the place of the citizens'."""
    project = OwnProject.create(folder)
    project.change_seed("codebook/codebook", _codebook)
    project.change_seed("codebook/question", _question)
    project.change_seed("codebook/estimate", lambda rows: [*_others(rows), _estimate(rows)])
    project.change_seed("codebook/breakdown", _breakdown)
    project.change_seed("codebook/category", lambda rows: [row for row in rows if _is_kept(row)])
    return project


def _others(rows: Rows) -> Rows:
    return [row for row in rows if row["survey"] != SURVEY]


def _codebook(rows: Rows) -> Rows:
    background = [row for row in rows if row["survey"] == SURVEY and not row["to_wave"] and row["role"] != "answer"]
    answers = [
        {
            "survey": SURVEY,
            "from_wave": str(WAVE),
            "column_name": f"q_{question}",
            "role": "answer",
            "data_type": "code",
            "question_id": question,
            "code_frame": FRAME,
            "is_required": "true",
            "blank_kind": "ubesvart",
        }
        for question in QUESTIONS
    ]
    return _others(rows) + background + answers


def _question(rows: Rows) -> Rows:
    return _others(rows) + [
        {"question_id": question, "survey": SURVEY, "question_nb": question, "item_group": "bench"}
        for question in QUESTIONS
    ]


def _estimate(rows: Rows) -> dict[str, str]:
    mean = next(row for row in rows if (row["survey"], row["statistic"]) == (SURVEY, "mean"))
    return mean | {"item_group": "bench"}


def _breakdown(rows: Rows) -> Rows:
    names = {"all": ""} | BREAKDOWNS
    return _others(rows) + [
        {"survey": SURVEY, "breakdown": name, "breakdown_nb": name, "source_column": source}
        for name, source in names.items()
    ]


def _is_kept(row: dict[str, str]) -> bool:
    return row["survey"] != SURVEY or row["breakdown"] in BREAKDOWNS


def fill_raw(con: duckdb.DuckDBPyConnection, n_respondents: int) -> None:
    """Put `n_respondents` into the raw table, as text as ingest does: the same ones each time, all independent."""
    add_columns(con)
    cells = ", ".join(f"cast({expression} as varchar) as {name}" for name, expression in drawn(con).items())
    con.execute(
        f"insert into raw.{SURVEY} by name select {WAVE} as wave, cast(i + 2 as integer) as row_number, "
        f"'bench' as sha256, {cells} from range({n_respondents}) as numbers(i)"
    )
    note_load(con, SURVEY, WAVE, n_respondents)


def add_columns(con: duckdb.DuckDBPyConnection) -> None:
    """The columns of the questions in raw."""
    for question in QUESTIONS:
        con.execute(f"alter table raw.{SURVEY} add column if not exists q_{question} varchar")


def drawn(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """{column as delivered: SQL for what respondent `i` has in it}."""
    kommuner = sorted(
        row["kommunenr"]
        for row in read_seed("kommune")
        if row["valid_from"] <= f"{WAVE}-01-01" and (not row["valid_to"] or f"{WAVE}-01-01" < row["valid_to"])
    )
    con.execute("set variable kommuner = ?", [kommuner])
    cells = {
        "vekt": f"0.3 + {_draw('vekt', 100_000)} / 50000.0",
        "kommunenr": f"getvariable('kommuner')[1 + {_draw('kommunenr', len(kommuner))}]",
    }
    for name, (low, high) in BACKGROUND.items():
        cells[name] = f"cast({low} + {_draw(name, high - low + 1)} as tinyint)"
    for question in QUESTIONS:
        missing = f"{_draw(question + ' missing', 1000)} < {SHARE_MISSING * 1000:.0f}"
        cells[f"q_{question}"] = f"cast(case when {missing} then 97 else {_draw(question, 11)} end as tinyint)"
    return cells


def _draw(name: str, below: int) -> str:
    """A whole number from 0 to `below` - 1, by respondent and name."""
    return f"cast(hash(i, '{name}') % {below} as integer)"


def export(con: duckdb.DuckDBPyConnection, to: Path) -> None:
    """The respondents as another program would get them, as Parquet: weight, category numbers, answers or NULL."""
    categories = ", ".join(f"by_{name} as {name}" for name in BREAKDOWNS)
    answers = ", ".join(f"cast(nullif({question}, 97) as tinyint) as {question}" for question in QUESTIONS)
    con.execute(
        f"copy (select weight_units * pow(2, -weight_bits) as weight, {categories}, {answers} "
        f"from harmonised.harmonised_respondents_{SURVEY} join harmonised.harmonised_strata using (stratum_id)) "
        f"to '{to}' (format parquet)"
    )
