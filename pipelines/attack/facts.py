"""What the tables of a wave say of its unknowns, as rows of a linear system.

Not here: which unknowns there are (wave.py), what holds of any numbers (structure.py), what other tables say of hidden
rows (clues.py).

Counts and weighted counts are unknowns of their own; the smallest and the largest weight tie them. Without weights a
mean is an equation over counts.
"""

import numpy as np
import pandas as pd

from pipelines.attack.knowledge import Knowledge
from pipelines.attack.presolve import propagate
from pipelines.attack.space import ALL, CODES, NO_ANSWER
from pipelines.attack.structure import add_structure, divided_by
from pipelines.attack.system import BIT, Floats, Rows, System, make_system, totals
from pipelines.attack.wave import UNSTATED, Space, Wave

HALF = 0.5  # a rounded sum of weights may be this far from the sum


def build_system(wave: Wave, space: Space, rows: pd.DataFrame, knowledge: Knowledge) -> System:
    """All that holds between the unknowns, with what follows of single rows in the bounds of its columns.

    rows: wave.rows with the numbers of add_lists()
    """
    found = _all_rows(wave, space, rows, knowledge)
    n_settled = -1
    while True:
        system = make_system(found, space.first_weighted)
        propagate(system)
        few, many = _few_or_many(rows, space, system, wave)
        if len(few) + len(many) <= n_settled:
            return system
        n_settled = len(few) + len(many)
        _add_ends(found, space, few, "chosen", -np.inf, few["threshold"].to_numpy() - 1)
        _add_ends(found, space, many, "chosen", (many["n"] - many["threshold"] + 1).to_numpy(), np.inf)


def _few_or_many(rows: pd.DataFrame, space: Space, system: System, wave: Wave) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows that the rule itself hides for the answer, since those who did not give it cannot be few; and for those
    who did not, since those who did cannot be. Of fewer than twice the threshold it says nothing more."""
    primary = rows[rows["is_hidden"] & (rows["reason"] == "primary") & (rows["chosen"] >= 0)].join(
        wave.rule, on="population"
    )
    primary = primary.assign(n=shown_bases(rows, primary)).dropna(subset="n")
    least, most = (_ends_of(primary, primary["chosen"], space, system, end) for end in ("column_lower", "column_upper"))
    n, threshold = primary["n"].to_numpy(), primary["threshold"].to_numpy()
    return primary[most < n - threshold + 1], primary[least > threshold - 1]


def shown_bases(rows: pd.DataFrame, of: pd.DataFrame) -> Floats:
    """How many are in the base of each, as any of the rows with the same base shows; NaN where none does."""
    names = ["question", "place", "base"]
    shown = rows.groupby(names)["n_answers"].max()
    found: Floats = shown.reindex(pd.MultiIndex.from_frame(of[names])).to_numpy(float)
    return found


def _ends_of(rows: pd.DataFrame, codes: "pd.Series[int]", space: Space, system: System, end: str) -> Floats:
    """The sum of the least or the most that the unknowns of each row can be."""
    n = len(rows)
    numbers = rows["question"].to_numpy(np.int64), rows["place"].to_numpy(np.int64), codes.to_numpy(np.int64)
    row, key, _ = space.terms(*numbers, np.ones(n))
    ends: Floats = np.append(getattr(system, end), 0)[system.columns(key)]
    return totals(row, ends, n)


def _all_rows(wave: Wave, space: Space, rows: pd.DataFrame, knowledge: Knowledge) -> Rows:
    found = Rows()
    uses = divided_by(pd.concat([rows, wave.who.assign(question=0)]), space)
    is_weighted = _is_weighted(rows, wave)
    for offset in (0, space.first_weighted)[: 1 + is_weighted]:
        add_structure(found, space, uses, offset, wave, knowledge)
    _add_counts(found, space, rows)
    _add_who(found, space, wave)
    _add_rule(found, space, rows, wave)
    _add_numbers(found, space, rows)
    _add_estimates(found, space, rows, is_weighted)
    if is_weighted:
        _add_weights(found, space, wave)
        _tie_weights(found, space, wave)
    return found


def _is_weighted(rows: pd.DataFrame, wave: Wave) -> bool:
    return bool(len(wave.weights)) or bool(((rows["sum_weights"] - rows["n_answers"]).abs() > HALF).any())


def _add_counts(found: Rows, space: Space, rows: pd.DataFrame) -> None:
    """Counts that rows show, and categories that a table leaves out, where nobody is in the base."""
    lists = space.answers.list_of
    once = rows.sort_values("n_answers").drop_duplicates(["question", "place", "base"])
    chosen = rows[(rows["chosen"] >= 0) & rows["n_selected"].notna()]
    _add_fact(found, space, chosen, chosen["chosen"], chosen["n_selected"])
    _add_fact(found, space, once, once["base"], once["n_answers"])
    for name, column in (("dont_know", "n_dont_know"), (NO_ANSWER, "n_no_answer")):
        numbers = np.array([lists[question, name] for question in once["question"]], np.int64)
        known = once[column].groupby([once["question"], once["place"]]).transform("max")
        _add_fact(found, space, once, pd.Series(numbers, once.index), known)
    out = _left_out(rows, space)
    _add_fact(found, space, out, out["base"], pd.Series(0.0, out.index))


def _add_fact(
    found: Rows, space: Space, rows: pd.DataFrame, codes: pd.Series, value: pd.Series, reach: float = 0
) -> None:
    """The unknowns of each row's list of codes add up to its value, or lie within `reach` of it."""
    known = (value.notna() & (codes >= 0)).to_numpy()
    if not known.any():
        return
    rows, ends = rows[known], value[known].to_numpy(float)
    bits = rows["bits"].to_numpy(np.int64) if "bits" in rows else np.zeros(len(rows), np.int64)
    terms = space.terms(
        rows["question"].to_numpy(), rows["place"].to_numpy(), codes[known].to_numpy(np.int64), np.ones(len(rows))
    )
    found.add(*terms, ends - reach, ends + reach, 0)
    found.ends[-1] = (*found.ends[-1][:2], bits)


def _left_out(rows: pd.DataFrame, space: Space) -> pd.DataFrame:
    """question, place, base of the categories of a breakdown in which a question has no row."""
    there = rows[["question", "population", "breakdown", "place", "base"]].drop_duplicates()
    shown = rows[["breakdown", "category"]].drop_duplicates()
    asked = there.sort_values("base").drop_duplicates(["question", "population", "breakdown"], keep="first")
    grid = asked.drop(columns="place").merge(shown, on="breakdown")
    grid = grid.assign(place=space.places(grid)).merge(
        there[["question", "place"]].drop_duplicates(), on=["question", "place"], how="left", indicator=True
    )
    return grid[grid["_merge"] == "left_only"].drop(columns="_merge")


def _add_who(found: Rows, space: Space, wave: Wave) -> None:
    """How many respondents there are in a place: as any question says, or the composition."""
    everybody = space.answers.list_of[0, "everybody"]
    made = wave.composition
    made = made[made["category"] != UNSTATED]
    known = wave.who.dropna()
    known = known.assign(question=0, place=space.places(known))
    _add_fact(found, space, known, pd.Series(everybody, known.index), known["n_respondents"])
    unstated = wave.composition[wave.composition["category"] == UNSTATED].dropna(subset="n_respondents")
    if len(unstated):
        n = len(unstated)
        terms = space.terms(np.zeros(n, np.int64), space.places(unstated), np.full(n, everybody), np.ones(n))
        ends = unstated["n_respondents"].to_numpy(float)
        found.add(*terms, ends, np.full(n, np.inf), BIT["who answered"])
    hidden = made[made["n_respondents"].isna()]
    divided = made.merge(hidden[["population", "breakdown"]].drop_duplicates())
    _add_ratios(found, space, divided, divided["share"], BIT["who answered"], 0)


def _add_ratios(found: Rows, space: Space, rows: pd.DataFrame, share: pd.Series, bits: int, offset: int) -> None:
    """Each category is its share of all that have a category of the breakdown."""
    everybody = space.answers.list_of[0, "everybody"]
    for _, of_breakdown in rows.assign(share=share).groupby(["population", "breakdown"]):
        known = of_breakdown["share"].notna().to_numpy()
        stated = space.places(of_breakdown)
        for place, part in zip(stated[known], of_breakdown["share"].to_numpy(float)[known], strict=True):
            n = len(stated)
            factor = np.where(stated == place, 1.0, 0.0) - part
            _, key, coefficient = space.terms(np.zeros(n, np.int64), stated, np.full(n, everybody), factor)
            zero = np.zeros(1)
            found.add(np.zeros(len(key), np.int64), key + offset, coefficient, zero, zero, bits)


def _add_rule(found: Rows, space: Space, rows: pd.DataFrame, wave: Wave) -> None:
    """A hidden row has a base; of one that the rule itself hides, 1 or more gave the answer, and 1 or more did not."""
    hidden = rows[rows["is_hidden"]].join(wave.rule, on="population")
    _add_ends(found, space, hidden.drop_duplicates(["question", "place", "base"]), "base", 1, np.inf)
    primary = hidden[hidden["reason"] == "primary"]
    n = shown_bases(rows, primary)
    is_large = n >= np.maximum(primary["small_group"].to_numpy(), primary["threshold"].to_numpy())
    shares = primary.assign(n=n)[is_large & (primary["chosen"] >= 0).to_numpy()]
    _add_ends(found, space, shares, "chosen", 1, shares["n"].to_numpy() - 1)
    few = primary[(primary["statistic"] != "share") & (primary["scale"] != "count")]
    _add_ends(found, space, few, "base", -np.inf, few["threshold"].to_numpy(float) - 1)


def _add_numbers(found: Rows, space: Space, rows: pd.DataFrame) -> None:
    """How many answers a hidden row rests on, as its errors and limits say (algebra.py)."""
    if "n_from" in rows:
        known = rows[rows["n_from"].notna()]
        _add_ends(found, space, known, "base", known["n_from"].to_numpy(), known["n_to"].to_numpy())
        if len(known):
            bits = known["n_bits"].to_numpy() | known["bits"].to_numpy()
            found.ends[-1] = (*found.ends[-1][:2], bits)


def _add_ends(
    found: Rows, space: Space, rows: pd.DataFrame, codes: str, lower: float | Floats, upper: float | Floats
) -> None:
    if len(rows):
        n = len(rows)
        question, place, chosen = (rows[name].to_numpy(np.int64) for name in ("question", "place", codes))
        least, most = (np.broadcast_to(np.asarray(end, float), n).copy() for end in (lower, upper))
        found.add(*space.terms(question, place, chosen, np.ones(n)), least, most, BIT["the rule itself"])


def _add_estimates(found: Rows, space: Space, rows: pd.DataFrame, is_weighted: bool) -> None:
    """Means, shares and medians are equations over weighted counts, and without weights over counts."""
    offset = space.first_weighted if is_weighted else 0
    shown = rows[rows["estimate"].notna()]
    share = shown[(shown["statistic"] == "share") & (shown["chosen"] >= 0)]
    if not is_weighted:
        share = share[share["n_selected"].isna() | share["n_answers"].isna()]
    bit = BIT["weighted counts"] * is_weighted
    _add_ratio(found, space, share, [("base", share["estimate"], 0), ("chosen", -1, 0)], bit, offset)
    mean = shown[shown["statistic"] == "mean"]
    _add_ratio(found, space, mean, [("base", -mean["estimate"], 1)], bit | BIT["a mean"], offset)
    _add_medians(found, space, shown[shown["statistic"] == "median"], offset)
    if is_weighted:
        weighed = rows.dropna(subset="sum_weights").drop_duplicates(["question", "place", "base"])
        is_rounded = bool(len(weighed)) and bool((weighed["sum_weights"] % 1 == 0).all())
        at = len(found.ends)
        _add_fact(found, space, weighed, weighed["base"], weighed["sum_weights"], HALF * is_rounded)
        _shift(found, at, offset)


def _shift(found: Rows, at: int, offset: int) -> None:
    for i in range(at, len(found.ends)):
        row, key, coefficient = found.terms[i]
        found.terms[i] = row, key + offset, coefficient
        found.ends[i] = (*found.ends[i][:2], found.ends[i][2] | BIT["weighted counts"])


def _add_ratio(
    found: Rows,
    space: Space,
    rows: pd.DataFrame,
    parts: list[tuple[str, pd.Series | float, float]],
    bits: int,
    offset: int,
) -> None:
    """Rows: the sum of the parts, each (list of codes, factor, factor of the value), is 0."""
    if rows.empty:
        return
    n = len(rows)
    question, place = rows["question"].to_numpy(), rows["place"].to_numpy()
    terms = [
        space.terms(question, place, rows[codes].to_numpy(np.int64), np.broadcast_to(factor, n).astype(float), value)
        for codes, factor, value in parts
    ]
    row, key, coefficient = (np.concatenate([part[i] for part in terms]) for i in range(3))
    found.add(row, key + offset, np.nan_to_num(coefficient), np.zeros(n), np.zeros(n), 0)
    own = rows["bits"].to_numpy(np.int64) | bits
    found.ends[-1] = (*found.ends[-1][:2], own)


def _add_medians(found: Rows, space: Space, rows: pd.DataFrame, offset: int) -> None:
    """Of the weight, at most half is below a median and at most half above."""
    if rows.empty:
        return
    n = len(rows)
    question, place = rows["question"].to_numpy(), rows["place"].to_numpy()
    row, key, _ = space.terms(question, place, rows["base"].to_numpy(np.int64), np.ones(n))
    value = space.answers.value[question[row], key % CODES]
    median = rows["estimate"].to_numpy(float)[row]
    for sign in (1, -1):
        beyond = np.where(sign * value > sign * median, 1.0, -1.0)
        found.add(row, key + offset, beyond, np.full(n, -np.inf), np.zeros(n), BIT["a median"])


def _add_weights(found: Rows, space: Space, wave: Wave) -> None:
    """The weights of the respondents of a category are its weighted share of those of all."""
    weights = wave.weights
    whole = [name for name, columns in space.bases.columns.items() if name in set(wave.composition["population"])]
    if len(whole) != 1 or weights.empty:
        return
    known = weights[weights["margin"] == "all"]
    made = weights.rename(columns={"margin": "breakdown"}).assign(population=whole[0], question=0)
    made = made[[key in space.breaks.atoms for key in zip(made["breakdown"], made["category"], strict=True)]]
    total = (known["mean_weight"] * known["n_respondents"]).iloc[0]
    first = space.key(0, space.bases.columns[whole[0]][0], ALL, 0)
    key = np.array([first + space.first_weighted])
    ends = np.array([float(total)])
    found.add(np.zeros(1, np.int64), key, np.ones(1), ends, ends, BIT["weighted counts"])
    shares = made[made["breakdown"] != "all"]
    bits = BIT["weighted counts"]
    _add_ratios(found, space, shares, shares["share_weighted"], bits, space.first_weighted)


def _tie_weights(found: Rows, space: Space, wave: Wave) -> None:
    """Every unknown's weighted count lies between the smallest and the largest weight times its count."""
    if wave.weights.empty:
        return
    known = wave.weights[wave.weights["margin"] == "all"].iloc[0]
    keys = np.unique(np.concatenate([terms[1] for terms in found.terms]) % space.first_weighted)
    n = len(keys)
    row = np.repeat(np.arange(n), 2)
    pair = np.column_stack([keys + space.first_weighted, keys]).ravel()
    zero, endless = np.zeros(n), np.full(n, np.inf)
    least = np.tile([1.0, -known["smallest_weight"]], n)
    most = np.tile([1.0, -known["largest_weight"]], n)
    found.add(row, pair, least, zero, endless, BIT["weighted counts"])
    found.add(row, pair, most, -endless, zero, BIT["weighted counts"])
