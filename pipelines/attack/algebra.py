"""How many answers a row rests on, where something else of it is known: an error, an exact limit, a design effect.

Not here: where that is known from (clues.py); what follows of the number (facts.py).
"""

import numpy as np
import pandas as pd

from pipelines.attack.system import BIT, Floats

NORMAL = 1.959963984540054
TAIL = 0.025  # of the exact limits
ROUND = 1e-4  # how near a whole number a computed one is


def with_numbers(rows: pd.DataFrame) -> pd.DataFrame:
    """rows with n_from and n_to, the fewest and most answers that follow, and bits of what gave them.

    rows: a wave's; hidden ones show what is known of them. NaN where nothing follows.
    """
    lower, upper = np.full(len(rows), -np.inf), np.full(len(rows), np.inf)
    bits = np.zeros(len(rows), np.int64)
    hidden = rows["is_hidden"].to_numpy(bool)
    for found_lower, found_upper, name in _ways(rows):
        use = hidden & np.isfinite(found_lower) & np.isfinite(found_upper)
        low, high = np.ceil(found_lower - ROUND * found_lower), np.floor(found_upper + ROUND * found_upper)
        use &= (high >= low) & (high - low < upper - lower)
        lower[use], upper[use] = low[use], high[use]
        bits[use] = BIT[name]
    ends = {"n_from": np.where(np.isinf(lower), np.nan, lower), "n_to": np.where(np.isinf(upper), np.nan, upper)}
    return rows.assign(**ends, n_bits=bits)


def _ways(rows: pd.DataFrame) -> list[tuple[Floats, Floats, str]]:
    with np.errstate(all="ignore"):
        limits = _from_limits(rows)
        effect = (rows["effective_n"] * rows["design_effect"]).to_numpy(float)
        return [
            (limits, limits, "exact limits"),
            (effect, effect, "a design effect"),
            *_from_errors(rows),
        ]


def _from_limits(rows: pd.DataFrame) -> Floats:
    """Of 0 and 100 % the limits are exact: 1 - 0.025^(1/n) and 0.025^(1/n)."""
    end = np.where(
        rows["estimate"] == 0, 1 - rows["ci_upper"], np.where(rows["estimate"] == 1, rows["ci_lower"], np.nan)
    )
    is_share = (rows["statistic"] == "share") & (end > 0) & (end < 1)
    found: Floats = np.where(is_share, np.log(TAIL) / np.log(end), np.nan)
    return found


def _from_errors(rows: pd.DataFrame) -> list[tuple[Floats, Floats, str]]:
    """Of a share p the variance is c p(1 - p)/n. c is read off the rows that show all three: those of the same
    category if there are any, else of the wave; where they differ, n lies between what the least and the most give."""
    share = rows["estimate"].where(rows["statistic"] == "share")
    spread = (share * (1 - share)).where(lambda p: p > 0)
    found = []
    for column in ("std_error", "std_error_superpopulation"):
        error = rows[column].fillna(_shown_error(rows, share)) if column == "std_error" else rows[column]
        variance = (error**2).where(error > 0)
        effect = (variance * rows["n_answers"] / spread).where(~rows["is_hidden"])
        places = [rows["breakdown"], rows["category"]]
        least, most = effect.groupby(places).transform("min"), effect.groupby(places).transform("max")
        least, most = least.fillna(effect.min()), most.fillna(effect.max())
        if "design_effect" in rows and column == "std_error":
            least, most = rows["design_effect"].fillna(least), rows["design_effect"].fillna(most)
        numbers = (least * spread / variance).to_numpy(float), (most * spread / variance).to_numpy(float)
        found.append((*numbers, "a standard error"))
    return found


def _shown_error(rows: pd.DataFrame, share: "pd.Series[float]") -> "pd.Series[float]":
    """The error that the interval of a share shows: half its width on the logit scale, times p(1 - p)."""
    low, high = rows["ci_lower"], rows["ci_upper"]
    width = np.log(high / (1 - high)) - np.log(low / (1 - low))
    found = width / (2 * NORMAL) * share * (1 - share)
    return found.where(np.isfinite(found) & (found > 0))
