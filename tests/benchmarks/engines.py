"""The same means and standard errors by other programs, each in a process of its own: one line of JSON.

Not here: the project's engine, and comparing (estimates.py). R is in r_survey.R.

    python -m tests.benchmarks.engines polars respondents.parquet
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.bench_survey import BREAKDOWNS, QUESTIONS

Estimates = dict[str, tuple[float, float]]  # 'question breakdown category' -> (mean, standard error)
Took = tuple[float, float]  # wall-clock and CPU seconds
SUMS = ("n", "w", "wy", "w2", "w2y", "w2yy")


def main(name: str, path: Path) -> None:
    """Prints the seconds that estimating took, reading the file not counted where it is read first."""
    took, estimates = ENGINES[name](path)
    print(json.dumps({"took": took, "estimates": estimates}))


def now() -> Took:
    return time.perf_counter(), time.process_time()


def since(started: Took) -> Took:
    """Seconds since `started`; CPU of every thread of this process, user and system."""
    wall, cpu = now()
    return wall - started[0], cpu - started[1]


def estimates_of(question: str, breakdown: str, category: object, n_design: int, sums: dict[str, float]) -> Estimates:
    """From sums over a domain's answers, by the same linearisation: n of the whole design, with replacement."""
    if not sums["n"]:
        return {}
    mean = sums["wy"] / sums["w"]
    z2 = (sums["w2yy"] - 2 * mean * sums["w2y"] + mean * mean * sums["w2"]) / sums["w"] ** 2
    return {f"{question} {breakdown} {category}": (mean, (max(z2, 0) * n_design / (n_design - 1)) ** 0.5)}


def grouping_sets(path: Path) -> tuple[Took, Estimates]:
    """One DuckDB pass over the wide table, in a database file, every sum of every question at once."""
    import duckdb

    file = path.with_suffix(".reference.duckdb")
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as con:
        con.execute("set threads = 2")
        con.execute(f"create table respondents as from '{path}'")
        con.execute("checkpoint")
        # A missing answer makes its term NULL, and a sum leaves it out.
        terms = {"n": "{0}", "w": "weight * ({0} * 0 + 1)", "wy": "weight * {0}"}
        terms |= {name: f"weight * {terms[of]}" for name, of in (("w2", "w"), ("w2y", "wy"))}
        terms["w2yy"] = terms["w2y"] + " * {0}"
        sums = ", ".join(
            f"{'count' if name == 'n' else 'sum'}({term.format(question)})"
            for question in QUESTIONS
            for name, term in terms.items()
        )
        sets = ", ".join(f"({name})" for name in BREAKDOWNS)
        started = now()
        rows = con.execute(
            f"select grouping({', '.join(BREAKDOWNS)}), {', '.join(BREAKDOWNS)}, count(*), {sums} from respondents "
            f"group by grouping sets ({sets}, ())"
        ).fetchall()
        took = since(started)
    n_design = max(row[1 + len(BREAKDOWNS)] for row in rows)
    found: Estimates = {}
    for row in rows:
        categories = dict(zip(BREAKDOWNS, row[1:], strict=False))
        bits = f"{row[0]:0{len(BREAKDOWNS)}b}"
        ((breakdown, category),) = [
            (name, categories[name]) for name, bit in zip(BREAKDOWNS, bits, strict=True) if bit == "0"
        ] or [("all", 1)]
        if category is not None:
            values = row[2 + len(BREAKDOWNS) :]
            for position, question in enumerate(QUESTIONS):
                of_question = dict(zip(SUMS, values[position * 6 : position * 6 + 6], strict=True))
                found |= estimates_of(question, breakdown, category, n_design, of_question)
    return took, found


def polars(path: Path) -> tuple[Took, Estimates]:
    """The streaming engine on the Parquet file, one group_by a breakdown, all collected together."""
    import polars as pl

    started = now()
    frame = pl.scan_parquet(path)
    weight = pl.col("weight")
    sums = []
    for question in QUESTIONS:
        y, is_valid = pl.col(question).cast(pl.Float64), pl.col(question).is_not_null().cast(pl.Float64)
        terms = (weight * is_valid, weight * y, weight * weight * is_valid, weight * weight * y)
        terms += (weight * weight * y * y,)
        sums.append(pl.col(question).count().alias(f"{question} n"))
        sums += [term.sum().alias(f"{question} {name}") for name, term in zip(SUMS[1:], terms, strict=True)]
    queries = [frame.select(pl.len().alias("rows"), *sums)]
    queries += [frame.group_by(name).agg(sums) for name in BREAKDOWNS]
    whole, *parts = pl.collect_all(queries, engine="streaming")
    took = since(started)
    n_design = whole["rows"][0]
    found: Estimates = {}
    for breakdown, part in [("all", whole), *zip(BREAKDOWNS, parts, strict=True)]:
        for row in part.iter_rows(named=True):
            category = row.get(breakdown, 1)
            if category is not None:
                for question in QUESTIONS:
                    of_question = {name: row[f"{question} {name}"] for name in SUMS}
                    found |= estimates_of(question, breakdown, category, n_design, of_question)
    return took, found


def pandas(path: Path) -> tuple[Took, Estimates]:
    """One groupby a breakdown and question, the frame in memory before the clock starts."""
    import pandas as pd

    frame = pd.read_parquet(path)
    started = now()
    found: Estimates = {}
    weight = frame["weight"]
    for question in QUESTIONS:
        y = frame[question].astype("float64")
        terms = pd.DataFrame({"n": y.notna(), "w": weight.where(y.notna()), "wy": weight * y})
        terms["w2"] = terms["w"] ** 2
        terms["w2y"], terms["w2yy"] = terms["w2"] * y, terms["w2"] * y * y
        found |= estimates_of(question, "all", 1, len(frame), terms.sum().to_dict())
        for breakdown in BREAKDOWNS:
            for category, sums in terms.groupby(frame[breakdown]).sum().iterrows():
                found |= estimates_of(question, breakdown, int(category), len(frame), sums.to_dict())
    return since(started), found


def svy(path: Path) -> tuple[Took, Estimates]:
    """The Python package svy, the first question by each breakdown: all of them take it an hour."""
    import polars as pl
    import svy

    sample = svy.Sample(pl.read_parquet(path), svy.Design(wgt="weight"))
    started = now()
    found: Estimates = {}
    question = QUESTIONS[0]
    for breakdown in ("all", *BREAKDOWNS):
        by = None if breakdown == "all" else breakdown
        for row in sample.estimation.mean(question, by=by, drop_nulls=True).to_polars().iter_rows(named=True):
            category = 1 if by is None else int(row[breakdown])
            found[f"{question} {breakdown} {category}"] = (row["est"], row["se"])
    return since(started), found


ENGINES: dict[str, Callable[[Path], tuple[Took, Estimates]]] = {
    "grouping_sets": grouping_sets,
    "polars": polars,
    "pandas": pandas,
    "svy": svy,
}

if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
