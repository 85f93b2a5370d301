"""Which hidden cells are asked about, and what the intervals found say of them.

Not here: finding intervals (bounds.py).
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines.attack.clues import Clue, is_exact
from pipelines.attack.facts import shown_bases
from pipelines.attack.model import Bounds, Targets, whole_ends
from pipelines.attack.relation import ESTIMATE, Key
from pipelines.attack.system import Floats, Ints, System, in_words, totals
from pipelines.attack.tables import KEY
from pipelines.attack.wave import UNSTATED, Space, Wave

FINDING = [
    "table",
    *KEY,
    "reason",
    "quantity",
    "lower",
    "upper",
    "width",
    "protection",
    "how",
    "is_exact",
    "is_too_narrow",
]
EXACT = 0.5  # respondents
RELATIVE = 1e-6  # of an estimate
COMPOSITION = "survey_composition"
ASKED = ["n", "question", "place", "base", "codes", "tables", "threshold", "protection"]
BASE = ["question", "place", "base"]
COMPOSITE = ["survey", "wave", "composite", "breakdown", "category"]
Terms = tuple[Ints, Ints, Floats]


def estimate_targets(
    wave: Wave, space: Space, rows: pd.DataFrame, system: System, bounds_all: bool
) -> tuple[pd.DataFrame, Targets]:
    """The hidden cells of survey_estimates of a wave, a row each, and what is asked of each.

    Of a share how many gave the answer, and the share itself where it is not that number over one that is known; of a
    mean the mean; and of every base how many are in it.
    """
    hidden = rows[rows["is_hidden"] & ~rows["is_printed"]].join(wave.rule, on="population")
    is_weighted = bool((~system.is_whole).any())
    shares = hidden[hidden["chosen"] >= 0]
    means = hidden[hidden["statistic"] == "mean"]
    shares = shares.assign(n=_base_ends(shares, rows, space, system) if not is_weighted else np.nan)
    asked = shares[shares["n"].isna()]
    bases = hidden.drop_duplicates(["question", "place", "base"])
    made = wave.composition
    made = made[made["n_respondents"].isna() & (made["category"] != UNSTATED)].join(wave.rule, on="population")
    everybody = space.answers.list_of[0, "everybody"]
    made = made.assign(table=COMPOSITION, quantity="n_respondents", question=0, base=everybody, codes=everybody)
    parts = [
        (made.assign(place=space.places(made), tables=""), False, 0.0),
        (shares.assign(quantity="n_selected", codes=shares["chosen"]), False, 0.0),
        (bases.assign(quantity="n_answers", codes=bases["base"]), False, 0.0),
        (asked.assign(quantity="estimate", codes=asked["chosen"]), True, 0.0),
        (means.assign(quantity="estimate", codes=means["base"]), True, 1.0),
    ]
    cells, above, below, n = [], [], [], 0
    for frame, is_ratio, per_value in parts:
        offset = space.first_weighted if is_ratio and is_weighted else 0
        above.append(_shifted(_terms(space, system, frame, frame["codes"], per_value, offset), n))
        if is_ratio:
            below.append(_shifted(_terms(space, system, frame, frame["base"], 0, offset), n))
        cells.append(frame)
        n += len(frame)
    found = pd.concat(cells, ignore_index=True).reindex(columns=[*FINDING[:11], *ASKED])
    joined = _joined(above), _joined(below)
    found = found.assign(
        step=_step(found, space),
        n_most=_n_most(found, space, system),
        n_base=_base_ends(found, rows, space, system),
        is_given=_are_given(found, space),
    )
    return found, _targets(found, joined, bounds_all)


def _targets(cells: pd.DataFrame, terms: tuple[Terms, Terms], bounds_all: bool) -> Targets:
    is_count = (cells["quantity"] != "estimate").to_numpy()
    enough = _needed(cells)
    enough = np.where(
        is_count, enough, enough * cells["step"].to_numpy() / np.maximum(cells["n_base"].fillna(cells["n_most"]), 1)
    )
    return Targets(*terms, ~is_count, np.where(bounds_all, np.inf, enough), is_count)


def _needed(cells: pd.DataFrame) -> Floats:
    """The protection, or as wide as anything can be that so few answered; of a base, which is not 0, one less."""
    is_base = (cells["quantity"] == "n_answers").to_numpy()
    needed: Floats = np.minimum(cells["protection"].to_numpy(float), cells["n_most"].to_numpy() - is_base)
    return needed


def _terms(
    space: Space,
    system: System,
    frame: pd.DataFrame,
    codes: "pd.Series[int]",
    per_value: float,
    offset: int = 0,
) -> Terms:
    row, key, factor = space.terms(
        frame["question"].to_numpy(np.int64),
        frame["place"].to_numpy(np.int64),
        codes.to_numpy(np.int64),
        np.full(len(frame), 0.0 if per_value else 1.0),
        per_value,
    )
    column = system.columns(key + offset)
    there = (column < len(system.unknown)) & ~np.isnan(factor)
    return row[there], column[there], factor[there]


def _shifted(terms: Terms, n: int) -> Terms:
    return terms[0] + n, *terms[1:]


def _joined(terms: list[Terms]) -> Terms:
    if not terms:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    first, second, third = (np.concatenate([part[i] for part in terms]) for i in range(3))
    return first, second, third


def _base_ends(cells: pd.DataFrame, rows: pd.DataFrame, space: Space, system: System) -> Floats:
    """How many are in the base of each cell, as a row shows or single rows of the system settle; NaN else."""
    row, column, _ = _terms(space, system, cells, cells["base"], 0)
    n = len(cells)
    least, most = (totals(row, ends[column], n) for ends in (system.column_lower, system.column_upper))
    return np.where(least == most, most, shown_bases(rows, cells))


def _n_most(cells: pd.DataFrame, space: Space, system: System) -> Floats:
    """The most that can be in the base of each cell: all who are there, or all who can have answered."""
    everybody = pd.Series(space.answers.list_of[0, "everybody"], cells.index)
    found = []
    for frame, codes in ((cells, cells["base"]), (cells.assign(question=0), everybody)):
        row, column, _ = _terms(space, system, frame, codes, 0)
        found.append(totals(row, system.column_upper[column], len(cells)))
    return np.minimum(*found)


def _step(cells: pd.DataFrame, space: Space) -> Floats:
    """How far one respondent of one surely moves an estimate: 1 for shares, for means the least distance of values."""
    values = np.sort(space.answers.value[cells["question"].to_numpy(np.int64)], axis=1)
    apart = np.diff(values, axis=1)
    least = np.where(apart > 0, apart, np.inf).min(axis=1)
    is_mean = (cells["statistic"] == "mean") & (cells["quantity"] == "estimate") & np.isfinite(least)
    found: Floats = np.where(is_mean, least, 1.0)
    return found


def _are_given(cells: pd.DataFrame, space: Space) -> npt.NDArray[np.bool_]:
    """Shares that are 0 or 1 whatever anyone answered: of a question, in a population that its answers pick."""
    picked = _picked(space)
    lists = space.answers.lists
    given = [
        quantity in ("n_selected", "estimate")
        and (question, population) in picked
        and _is_given(picked[question, population], lists.get(int(base)), lists.get(int(codes)))
        for question, population, base, codes, quantity in cells[
            ["question", "population", "base", "codes", "quantity"]
        ].itertuples(index=False, name=None)
    ]
    flags: npt.NDArray[np.bool_] = np.array(given, bool) & (cells["statistic"] == "share").to_numpy()
    return flags


def _is_given(picked: set[int], base: set[int], chosen: set[int]) -> bool:
    return not picked & chosen or picked & base <= chosen


def _picked(space: Space) -> dict[tuple[int, str], set[int]]:
    """{(question, population): the codes of the question that pick the population}."""
    found: dict[tuple[int, str], set[int]] = {}
    for _, columns, picking, ranges in space.bases.parts:
        question = space.answers.question.get(picking)
        limits = dict(zip(columns, ranges, strict=True))
        for population, own in space.bases.columns.items():
            if question and own and set(own) <= set(columns):
                ends = [limits[column] for column in own]
                found[question, population] = {
                    code for end in ends if end for code in space.answers.codes_between(picking, *end)
                }
    return found


def estimate_findings(cells: pd.DataFrame, bounds: Bounds) -> pd.DataFrame:
    """The cells whose interval is known, by the columns of FINDING. `width` and `protection` are in respondents."""
    is_count = (cells["quantity"] != "estimate").to_numpy()
    lower, upper = whole_ends(bounds.lower, bounds.upper, is_count)
    width = np.maximum(upper - lower, 0)
    n_most, step = cells["n_base"].fillna(cells["n_most"]).to_numpy(), cells["step"].to_numpy()
    in_respondents = np.where(is_count, width, width / step * n_most)
    is_exact = np.where(is_count, width < EXACT, width < RELATIVE * np.maximum(np.abs(lower), 1))
    is_known = _of_known_bases(cells, bounds.is_final & is_exact)
    needed = np.where(is_count | is_known, _needed(cells), np.minimum(_needed(cells), cells["protection"] / 2))
    found = cells.assign(
        table=cells["table"].fillna("survey_estimates"),
        lower=lower + 0.0,  # not -0
        upper=upper + 0.0,
        width=in_respondents,
        protection=needed,
        how=[_how(int(bits), tables) for bits, tables in zip(bounds.bits, cells["tables"], strict=True)],
        is_exact=is_exact,
        is_too_narrow=is_exact | (in_respondents < needed - 1e-6),
    )
    found = found[bounds.is_final & _is_secret(cells, lower) & ~cells["is_given"]]
    shares = found[(found["quantity"] == "n_selected") & found["n"].notna()]
    ends = {"lower": shares["lower"] / shares["n"], "upper": shares["upper"] / shares["n"]}
    return pd.concat([found, shares.assign(quantity="estimate", **ends)])


def _of_known_bases(cells: pd.DataFrame, is_exact: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Whether it is known of how many answers a cell is: by single rows of the system, or by its programmes."""
    found = cells[is_exact & (cells["quantity"] == "n_answers")]
    by_programme = pd.MultiIndex.from_frame(cells[BASE]).isin(pd.MultiIndex.from_frame(found[BASE]))
    known: npt.NDArray[np.bool_] = cells["n_base"].notna().to_numpy() | by_programme
    return known


def _how(bits: int, tables: str) -> str:
    return ", ".join(filter(None, [in_words(bits), tables]))


def _is_secret(cells: pd.DataFrame, lower: Floats) -> npt.NDArray[np.bool_]:
    """A base of so many that the rule does not hide it is none, whatever row is hidden for its answer."""
    secret: npt.NDArray[np.bool_] = (cells["quantity"] != "n_answers").to_numpy() | (
        lower < cells["threshold"].to_numpy()
    )
    return secret


def shown_findings(estimates: pd.DataFrame) -> pd.DataFrame:
    """Hidden estimates that need no programme, for another table shows them: medians, which no equation is about."""
    shown = estimates[estimates["is_hidden"] & ~estimates["is_printed"] & estimates["estimate"].notna()]
    shown = shown[shown["statistic"] == "median"]
    return _exact(shown.assign(table="survey_estimates", lower=shown["estimate"], how=shown["tables"]))


def composite_findings(composites: pd.DataFrame, clues: dict[str, dict[Key, Clue]]) -> pd.DataFrame:
    """Hidden composites that follow from their questions and from other tables."""
    found = clues.get(ESTIMATE, {})
    if composites.empty:
        return pd.DataFrame(columns=FINDING)
    hidden = composites[composites["is_hidden"]]
    of_row = [found.get(key) for key in hidden[COMPOSITE].itertuples(index=False, name=None)]
    exact = [clue is not None and is_exact(clue) for clue in of_row]
    shown = hidden[np.array(exact, bool)].rename(columns={"composite": "question_id"})
    ends = [clue for clue in of_row if clue is not None and is_exact(clue)]
    return _exact(
        shown.assign(
            table="survey_composites",
            population=None,
            statistic="mean",
            answer=None,
            reason=None,
            lower=[clue.lower for clue in ends],
            how=[clue.tables for clue in ends],
        )
    )


def _exact(rows: pd.DataFrame) -> pd.DataFrame:
    given = {"quantity": "estimate", "width": 0.0, "protection": np.nan, "is_exact": True, "is_too_narrow": True}
    return rows.assign(upper=rows["lower"], **given)[FINDING]
