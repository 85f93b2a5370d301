"""The two kinds of stage in which units get their answers: whole patterns, and items of a known count.

Not here: which stages there are and what is likely (the survey's plan), the solver (programme.py).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from math import ceil, exp, inf, isinf, log
from random import Random

import numpy as np

from tests.sample.codebook import item_points, items_counted, items_of
from tests.sample.programme import Limit, Programme
from tests.sample.targets import Cell, Target
from tests.sample.units import Unit

DEALS = 200  # how often a stage draws who gets what, at most
Pattern = Mapping[str, int | None]
Groups = dict[tuple[object, ...], list[Unit]]


@dataclass(frozen=True)
class PatternStage:
    """Each group of units shares out whole answer patterns.

    Targets on these questions must follow from the `group_by` values (wave, attributes, answers, indicator scores)
    and the pattern. Those on places that the groups do not tell apart are left to the deal: who gets which of the
    group's patterns is drawn again until they hold. A recount after the stage refuses anything else.
    """

    name: str
    questions: tuple[str, ...]
    group_by: tuple[str, ...]
    options: Callable[[Unit], Sequence[tuple[Pattern, float]]]  # the patterns open to a unit, and their weight
    pull: Callable[[Unit], float] | None = None  # who has more of it is likely to get more of `pulled`
    pulled: str = ""
    finer: Mapping[int, Collection[int]] = field(default_factory=dict)  # code of an earlier stage -> what it becomes

    def tells_apart(self, cell: Cell) -> bool:
        """Whether the cell counts some of what becomes of a code and not the rest: it is known after this stage."""
        counted = (
            [low <= code <= high for code in codes] for codes in self.finer.values() for low, high in [cell.codes]
        )
        return cell.question in self.questions and any(any(some) and not all(some) for some in counted)

    def run(self, units: Sequence[Unit], targets: Sequence[Target], known: frozenset[str]) -> None:
        groups = grouped(units, self.group_by)
        dealt = [target for target in targets if _is_left_to_the_deal(target, groups.values(), known)]
        variables: list[Unit] = []
        patterns: list[Pattern] = []
        reference: list[int] = []
        expected: list[float] = []
        spans: list[range] = []
        for key, members in groups.items():
            options, weights = zip(*self.options(members[0]), strict=True)
            likely = np.array(weights) * len(members) / sum(weights)
            spans.append(range(len(patterns), len(patterns) + len(options)))
            patterns += options
            reference += drawn(likely, Random(f"{self.name} {key}"))
            expected += likely.tolist()
            variables += [members[0].answered(pattern) for pattern in options]
        programme = Programme(self.name, np.array(reference), np.array(expected))
        for span, members in zip(spans, groups.values(), strict=True):
            programme.fix(dict.fromkeys(span, 1), len(members))
        add_targets(programme, variables, [target for target in targets if target not in dealt], units, known)
        solution = programme.solve()
        hands = [[patterns[i] for i in span for _ in range(solution[i])] for span in spans]
        for deal in range(DEALS):
            for hand, (key, members) in zip(hands, groups.items(), strict=True):
                self._deal(members, hand, Random(f"{self.name} deal {deal} {key}"))
            if all(target.holds(units) for target in dealt):
                return

    def _deal(self, members: Sequence[Unit], hand: Sequence[Pattern], random: Random) -> None:
        seats, cards = list(members), list(hand)
        random.shuffle(cards)
        if self.pull:
            pull = {id(unit): self.pull(unit) + random.gauss(0, 1) for unit in members}
            seats.sort(key=lambda unit: pull[id(unit)])
            cards.sort(key=lambda pattern: pattern[self.pulled] or 0)
        for unit, pattern in zip(seats, cards, strict=True):
            unit.give(pattern)


@dataclass(frozen=True)
class ItemStage:
    """Units whose count of items is known get the items, with the code of each answer.

    Units with the same count in a wave form a group: a number per group, item and code is solved for, and
    dealt round the group, which gives every unit exactly its count.
    """

    survey: str
    count_question: str
    likely: Callable[[int, str], Mapping[int, float]]  # (wave, item) -> code -> weight, over all units

    @property
    def name(self) -> str:
        return f"items of {self.count_question}"

    @property
    def questions(self) -> tuple[str, ...]:
        return items_counted(self.count_question)

    def run(self, units: Sequence[Unit], targets: Sequence[Target], known: frozenset[str]) -> None:
        groups = self._open_groups(units)
        variables: list[Unit] = []
        reference: list[int] = []
        expected: list[float] = []
        index: dict[tuple[object, ...], int] = {}  # (*key, item, code) -> variable
        for key, members in groups.items():
            for item, likely in self._shares(*key).items():
                for code, number in apportioned(likely, len(members)).items():
                    index[*key, item, code] = len(variables)
                    variables.append(members[0].answered({item: code}))
                    reference.append(number)
                    expected.append(likely[code] * len(members))
        programme = Programme(self.name, np.array(reference), np.array(expected))
        numbers: dict[tuple[int, int], dict[str, dict[int, int]]] = {}  # key -> item -> code -> variable
        for key, members in groups.items():
            wave, count = key
            numbers[key] = {
                item.question_id: {code: index[*key, item.question_id, code] for code in item.codes}
                for item in items_of(self.survey, wave, self.count_question)
            }
            for codes in numbers[key].values():
                programme.fix(dict.fromkeys(codes.values(), 1), len(members))
            chosen = (i for item, codes in numbers[key].items() for c, i in codes.items() if c in item_points(item))
            programme.fix(dict.fromkeys(chosen, 1), count * len(members))
        add_targets(programme, variables, targets, units, known)
        solution = programme.solve()
        for key, members in groups.items():
            solved = {i: {c: int(solution[j]) for c, j in codes.items()} for i, codes in numbers[key].items()}
            _deal_items(members, solved, Random(f"{self.name} {key}"))

    def _open_groups(self, units: Sequence[Unit]) -> dict[tuple[int, int], list[Unit]]:
        """(wave, count) -> the units that are asked for items; the others get blanks."""
        groups: dict[tuple[int, int], list[Unit]] = defaultdict(list)
        for unit in units:
            for item in items_of(self.survey, unit.wave, self.count_question):
                unit.give({item.question_id: None})
            if item.is_put_to(unit.answers):
                groups[unit.wave, unit.answers[self.count_question]].append(unit)
        return groups

    def _shares(self, wave: int, count: int) -> dict[str, dict[int, float]]:
        """Item -> code -> share, among units that have `count` items."""
        items = [item.question_id for item in items_of(self.survey, wave, self.count_question)]
        if any(set(item_points(item).values()) != {1} for item in items):
            raise ValueError(f"sample: {self.count_question} adds points; items are dealt only where it counts them")
        weights = {item: self.likely(wave, item) for item in items}
        overall = {
            item: sum(w for code, w in weights[item].items() if code in item_points(item)) / sum(weights[item].values())
            for item in items
        }
        shifted = _shifted(overall, count)
        return {item: _conditioned(weights[item], item_points(item), shifted[item]) for item in items}


def _is_left_to_the_deal(target: Target, groups: Iterable[Sequence[Unit]], known: frozenset[str]) -> bool:
    """Whether units of one group are of different places, as the target tells them apart."""
    cells = {cell for part in target.parts for _, cell in part if not cell.needs <= known}
    return any(len(set(map(cell.is_of, members))) > 1 for cell in cells for members in groups)


def add_targets(
    programme: Programme,
    variables: Sequence[Unit],
    targets: Sequence[Target],
    units: Sequence[Unit],
    known: frozenset[str],
) -> None:
    """Limit the programme by `targets`; variable j stands for units that answer as `variables[j]`.

    Raises ValueError when a sum of shares has a base that is not settled before the stage.
    """
    for target in targets:
        parts: list[list[Limit]] = []
        needed = target.n_needed
        for part, low, high in target.limits():
            if all(cell.needs <= known for _, cell in part):
                needed -= low <= sum(factor * cell.estimate(units) for factor, cell in part) <= high
            else:
                parts.append(_limits(programme, target.name, part, (low, high), variables, units, known))
        programme.limit_most(target.name, parts, needed)


def _limits(
    programme: Programme,
    name: str,
    part: Sequence[tuple[float, Cell]],
    ends: tuple[float, float],
    variables: Sequence[Unit],
    units: Sequence[Unit],
    known: frozenset[str],
) -> list[Limit]:
    """What a part asks of the variables. Medians are limited one by one; how two compare follows from those printed."""
    low, high = ends
    if any(cell.statistic == "median" for _, cell in part):
        return _median_limits(part[0][1], variables, low) if len(part) == 1 else []
    row: dict[int, float] = defaultdict(float)
    is_open = False  # whether a base is not settled
    for factor, cell in part:
        if cell.needs <= known:
            settled = factor * cell.estimate(units)
            low, high = low - settled, high - settled
            continue
        counted, _ = _members(cell, variables)
        number = programme.total((cell, "counted"), counted)
        is_share = cell.statistic != "count"
        is_open |= is_share and not cell.base_needs <= known
        row[number] += factor / ((sum(map(cell.in_base, units)) or 1) if is_share else 1)
    if not is_open:
        return [(row, low, high)]
    if len(part) == 1:
        return _share_limits(programme, part[0], variables, low, high)
    if len(part) == 2 and isinf(high):
        return _apart(programme, part, variables, low)
    raise ValueError(f"sample: the bases of {name} must be settled before {programme.name!r}")


def _share_limits(
    programme: Programme, part: tuple[float, Cell], variables: Sequence[Unit], low: float, high: float
) -> list[Limit]:
    """low <= factor x number / base <= high, where both are to be solved for."""
    factor, cell = part
    number, base = _number_and_base(programme, cell, variables)
    ends = [(low, 0.0, inf)] if not isinf(low) else []
    ends += [(high, -inf, 0.0)] if not isinf(high) else []
    return [({number: factor, base: -end}, at_least, at_most) for end, at_least, at_most in ends]


def _apart(
    programme: Programme, part: Sequence[tuple[float, Cell]], variables: Sequence[Unit], low: float
) -> list[Limit]:
    """Two shares with bases to be solved for, `low` apart: either on its side of the middle that is likely."""
    likely = [factor * programme.likely_share(*_number_and_base(programme, cell, variables)) for factor, cell in part]
    room = (low - sum(likely)) / 2
    return [
        limit
        for one, value in zip(part, likely, strict=True)
        for limit in _share_limits(programme, one, variables, value + room, inf)
    ]


def _number_and_base(programme: Programme, cell: Cell, variables: Sequence[Unit]) -> tuple[int, int]:
    counted, in_base = _members(cell, variables)
    return programme.total((cell, "counted"), counted), programme.total((replace(cell, codes=(0, 0)), "base"), in_base)


def _members(cell: Cell, variables: Sequence[Unit]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The variables that the cell counts, and those in its base."""
    values = [(j, value) for j, value in enumerate(map(cell.value, variables)) if value is not None]
    return tuple(j for j, value in values if cell.counts(value)), tuple(j for j, _ in values)


def _median_limits(cell: Cell, variables: Sequence[Unit], low: float) -> list[Limit]:
    """Both middle values are the whole number above `low`: fewer than half lie below it, or above it."""
    middle = ceil(low)
    _, in_base = _members(cell, variables)
    limits = []
    for codes in ((-inf, middle - 1), (middle + 1, inf)):
        outside, _ = _members(replace(cell, codes=codes), variables)
        limits.append(({j: 2.0 * (j in outside) - 1.0 for j in in_base}, -inf, -1.0))
    return limits


def grouped(units: Sequence[Unit], names: tuple[str, ...]) -> Groups:
    groups: Groups = defaultdict(list)
    for unit in units:
        groups[unit.key(names)].append(unit)
    return groups


def drawn(expected: np.ndarray, random: Random) -> list[int]:
    """Whole numbers of the same total, by a systematic draw: every n-th point from a random start."""
    ends = np.floor(np.cumsum(expected) + random.random() + 1e-9)
    return np.diff(ends, prepend=0).astype(int).tolist()


def _shifted(shares: Mapping[str, float], count: int) -> dict[str, float]:
    """Shares moved alike on the logit scale until they add up to `count`: what a unit with so many has."""
    if count in (0, len(shares)):
        return dict.fromkeys(shares, float(count > 0))
    low, high = -30.0, 30.0
    for _ in range(60):
        shift = (low + high) / 2
        moved = {i: 1 / (1 + exp(-shift - log(p / (1 - p)))) for i, p in shares.items()}
        low, high = (shift, high) if sum(moved.values()) < count else (low, shift)
    return moved


def _conditioned(weights: Mapping[int, float], points: Mapping[int, int], counted: float) -> dict[int, float]:
    """Code -> share, with `counted` of them among the codes that give points."""
    totals = {True: 0.0, False: 0.0}
    for code, weight in weights.items():
        totals[code in points] += weight
    return {
        code: weight / totals[code in points] * (counted if code in points else 1 - counted)
        for code, weight in weights.items()
    }


def apportioned(shares: Mapping[int, float], number: int) -> dict[int, int]:
    """Whole numbers that add up to `number`, by largest remainder."""
    whole = {code: int(share * number) for code, share in shares.items()}
    left = sorted(shares, key=lambda code: (whole[code] - shares[code] * number, code))
    for code in left[: number - sum(whole.values())]:
        whole[code] += 1
    return whole


def _deal_items(members: list[Unit], numbers: Mapping[str, Mapping[int, int]], random: Random) -> None:
    """Give every member its items: counted answers go round the table, so that all get equally many."""
    seats, items = list(members), list(numbers)
    random.shuffle(seats)
    random.shuffle(items)
    position = 0
    for item in items:
        points = item_points(item)
        chosen = [code for code, n in numbers[item].items() if code in points for _ in range(n)]
        others = [code for code, n in numbers[item].items() if code not in points for _ in range(n)]
        random.shuffle(chosen)
        random.shuffle(others)
        for offset, code in enumerate(chain(chosen, others)):
            seats[(position + offset) % len(seats)].give({item: code})
        position += len(chosen)
