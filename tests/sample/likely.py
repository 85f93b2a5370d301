"""How likely each answer to a question is: a bell over its scale, with the shares that are printed of it.

Not here: what else is likely of a survey's respondents (the surveys' plans).
"""

from collections.abc import Mapping, Sequence
from math import exp, isfinite

from tests.sample.targets import Cell, Target
from tests.sample.units import Unit

Pin = tuple[int, int, float]  # codes from, to: the share that they have together


def bell(codes: Sequence[int], centre: float, width: float) -> dict[int, float]:
    """Weights that fall off from `centre`, adding up to 1."""
    raw = {code: exp(-(((code - centre) / width) ** 2) / 2) for code in codes}
    return {code: weight / sum(raw.values()) for code, weight in raw.items()}


def pinned(weights: Mapping[int, float], pins: Sequence[Pin]) -> dict[int, float]:
    """Shares in proportion to `weights`, but with what each pin says for its codes together."""
    everywhere = min(weights), max(weights), 1 - sum(share for _, _, share in pins)
    pin_of = {code: next((p for p in pins if p[0] <= code <= p[1]), everywhere) for code in weights}
    total = {pin: sum(w for code, w in weights.items() if pin_of[code] == pin) for pin in pin_of.values()}
    return {code: weight / total[pin_of[code]] * pin_of[code][2] for code, weight in weights.items()}


class PrintedShares:
    """The shares that targets ask for, one answer of one question in one group each."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._of: dict[tuple[int, str], list[tuple[Cell, float]]] = {}
        for target in targets:
            ((part, *more),) = [target.parts] if target.combine == "sum" else [((), ())]
            is_printed = isfinite(target.low) and isfinite(target.high)
            if is_printed and len(part) == 1 and not more and part[0][1].statistic == "share":
                factor, cell = part[0]
                share = min(max((target.low + target.high) / 2 / factor, 0.001), 0.999)
                self._of.setdefault((cell.wave, cell.question), []).append((cell, share))

    def pins(self, unit: Unit, question: str) -> list[Pin]:
        """What is printed of groups that the unit is in: of the smallest group, and of single answers first."""
        found = [(cell, share) for cell, share in self._of.get((unit.wave, question), []) if cell.in_base(unit)]
        found.sort(key=lambda printed: (printed[0].breakdown == "all", printed[0].codes[1] - printed[0].codes[0]))
        pins: list[Pin] = []
        for cell, share in found:
            low, high = int(cell.codes[0]), int(cell.codes[1])
            is_free = all(high < start or end < low for start, end, _ in pins)
            if is_free and not cell.worth and sum(share for *_, share in pins) + share < 1:
                pins.append((low, high, share))
        return pins
