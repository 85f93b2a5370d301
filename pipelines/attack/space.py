"""The unknowns of a wave: how many respondents gave each answer, in each atom of the breakdowns and populations.

Not here: what is known of the unknowns (facts.py).

An atom is a range of a source column that no category cuts, or those in no category; so categories of two breakdowns
of one column share unknowns, and so do populations that the answers to one question pick.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines.attack.knowledge import Knowledge

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

CODES = 64  # room for the codes of a question, among them the two below
NO_ANSWER, FILTERED = "no_answer", "filtered"
WHO = ""  # the question that every respondent answers alike: who they are
ALL = 0  # the atom that is everybody


@dataclass
class Lists:
    """Many short lists of whole numbers, end to end, so that numpy can unroll them."""

    start: list[int] = field(default_factory=lambda: [0])
    items: list[int] = field(default_factory=list)

    def add(self, items: Iterable[int]) -> int:
        self.items.extend(items)
        self.start.append(len(self.items))
        return len(self.start) - 2

    def get(self, number: int) -> set[int]:
        """The items of one list."""
        return set(self.items[self.start[number] : self.start[number + 1]])

    def of(self, wanted: Ints) -> tuple[Ints, Ints]:
        """(which of `wanted`, item) of every item of the lists wanted, in order."""
        start = np.asarray(self.start, dtype=np.int64)
        counts = start[wanted + 1] - start[wanted]
        which = np.repeat(np.arange(len(wanted)), counts)
        first = np.cumsum(counts) - counts
        return which, np.asarray(self.items, np.int64)[start[wanted][which] + np.arange(len(which)) - first[which]]


@dataclass
class Breaks:
    """The atoms of the breakdowns of a wave. sources: {source column: its atoms, the last one those in no category}."""

    atoms: dict[tuple[str, str], list[int]]
    sources: dict[str, list[int]]
    source_of: dict[str, str]
    nested: set[str]
    n_atoms: int


def break_atoms(present: set[tuple[str, str]], survey: str, knowledge: Knowledge) -> Breaks:
    """The atoms of the categories that have respondents, (breakdown, category); others have none."""
    sources = knowledge.sources[knowledge.sources["survey"] == survey]
    source_of = dict(zip(sources["breakdown"], sources["source_column"], strict=True))
    by_source: dict[str, list[str]] = defaultdict(list)
    for breakdown in sorted({breakdown for breakdown, _ in present} - {"all"}):
        source_of[breakdown] = source_of.get(breakdown) or f"={breakdown}"
        by_source[source_of[breakdown]].append(breakdown)
    found = Breaks({("all", "all"): [ALL]}, {}, source_of, set(), ALL + 1)
    declared = knowledge.categories[knowledge.categories["survey"] == survey]
    for source, breakdowns in by_source.items():
        _add_source(found, source, declared[declared["breakdown"].isin(breakdowns)], present, breakdowns)
    return found


def _add_source(
    found: Breaks, source: str, declared: pd.DataFrame, present: set[tuple[str, str]], breakdowns: list[str]
) -> None:
    first = found.n_atoms
    low, high = declared["source_from"].to_numpy(), declared["source_to"].fillna(np.inf).to_numpy()
    keys = list(zip(declared["breakdown"], declared["category"], strict=True))
    ends = np.unique(np.concatenate([low, high + 1]))  # ranges are of whole numbers
    for start in ends[:-1]:
        inside = [key for key, is_in in zip(keys, (low <= start) & (start <= high), strict=True) if is_in]
        if inside and all(key in present for key in inside):
            for key in inside:
                found.atoms.setdefault(key, []).append(found.n_atoms)
            found.n_atoms += 1
    for key in sorted(key for key in present if key[0] in breakdowns and key not in found.atoms):
        found.atoms[key] = [found.n_atoms]  # a category that no seed has a range for
        found.n_atoms += 1
    found.sources[source] = list(range(first, found.n_atoms + 1))
    found.n_atoms += 1
    if len(breakdowns) > 1:
        found.nested.add(source)


@dataclass
class Bases:
    """The columns of unknowns that populations are made of. parts: [(base, its parts, the picking question)]."""

    columns: dict[str, list[int]]
    parts: list[tuple[int, list[int], str, list[tuple[float, float] | None]]]
    n_columns: int


def base_columns(populations: Sequence[str], survey: str, knowledge: Knowledge) -> Bases:
    """One column for a population of its own; for those that a question picks, one for each range of its answers."""
    known = knowledge.populations[knowledge.populations["survey"] == survey]
    part_of = dict(zip(known["population"], known["part"], strict=True))
    rules = knowledge.picked[knowledge.picked["population"].isin(set(known["population"]))]
    n_questions = rules.groupby("population")["question_id"].nunique()
    picked = set(n_questions[n_questions == 1].index)
    whole = [name for name in dict.fromkeys([*populations, *part_of]) if name not in picked]
    found = Bases({name: [column] for column, name in enumerate(whole)}, [], len(whole))
    base_of = {part_of.get(name, ""): column for column, name in enumerate(whole) if name not in n_questions.index}
    used = rules[rules["population"].isin(picked & set(populations))]
    for question, of_question in used.groupby("question_id"):
        low, high = of_question["code_from"].to_numpy(), of_question["code_to"].to_numpy()
        ends = np.unique(np.concatenate([low, high + 1]))
        ranges: list[tuple[float, float] | None] = [
            (a, b - 1) for a, b in pairwise(ends) if ((low <= a) & (a <= high)).any()
        ]
        first = found.n_columns
        for name, of_population in of_question.groupby("population"):
            found.columns[str(name)] = [
                first + i
                for i, r in enumerate(ranges)
                if r and ((of_population["code_from"] <= r[0]) & (r[0] <= of_population["code_to"])).any()
            ]
        base = base_of[part_of[str(of_question["population"].iloc[0])]]
        columns = list(range(first, first + len(ranges) + 1))  # the last: those whom the question picks for none
        found.parts.append((base, columns, str(question), [*ranges, None]))
        found.n_columns += len(columns)
    return found


@dataclass
class Answers:
    """The codes of the questions of a wave, and the lists of codes that rows and counts are about."""

    question: dict[str, int]
    codes: list[list[str]]
    value: Floats  # [question, code]; NaN without one
    lists: Lists
    list_of: dict[tuple[int, str], int]  # 'answer=x', 'base_True' (don't know in it), 'base_False', 'dont_know', ...

    def codes_between(self, question: str, low: float, high: float) -> list[int]:
        numbers = pd.to_numeric(pd.Series(self.codes[self.question[question]]), errors="coerce")
        return [int(i) for i in np.flatnonzero(numbers.between(low, high))]


def answer_codes(rows: pd.DataFrame, wave: int, filtered: set[str], knowledge: Knowledge) -> Answers:
    """The codes of the questions of `rows`: those of the seeds, and for questions that count the numbers shown."""
    of_wave = knowledge.codes[(knowledge.codes["from_wave"] <= wave) & (wave <= knowledge.codes["to_wave"])]
    codes = _by_question(of_wave, ["code", "kind", "value"])
    groups = _by_question(knowledge.groups, ["answer", "code_from", "code_to", "value_from", "value_to"])
    shown: dict[str, dict[str, None]] = defaultdict(dict)
    for question, answer in zip(rows["question_id"], rows["answer"], strict=True):
        if answer is not None:
            shown[question][answer] = None
    questions = list(dict.fromkeys(rows["question_id"]))
    found = Answers({WHO: 0}, [[WHO]], np.full((len(questions) + 1, CODES), np.nan), Lists(), {})
    found.list_of[0, "everybody"] = found.lists.add([0])
    for index, question in enumerate(questions, start=1):
        found.question[question] = index
        kinds = _kinds(codes[question], shown[question])
        if question in filtered:
            kinds[FILTERED] = (FILTERED, np.nan)
        found.codes.append(list(kinds))
        found.value[index, : len(kinds)] = [value for _, value in kinds.values()]
        for name, items in _lists(kinds, shown[question], groups[question]).items():
            found.list_of[index, name] = found.lists.add(items)
    return found


def _by_question(frame: pd.DataFrame, columns: list[str]) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for question, *row in frame[["question_id", *columns]].itertuples(index=False):
        found[question].append(tuple(row))
    return found


def _kinds(codes: list[tuple[Any, ...]], shown: Iterable[str]) -> dict[str, tuple[str, float]]:
    """{code: (kind, value)}, with NO_ANSWER for all that are no answers."""
    found: dict[str, tuple[str, float]] = {}
    for code, kind, value in codes:
        if kind in ("answer", "vet_ikke", "ikke_relevant"):
            found[code] = ("answer" if kind == "answer" else "dont_know", value)
    if not codes:
        numbers = [int(answer) for answer in shown if answer.isdigit()]
        found = {str(code): ("answer", float(code)) for code in range(max(numbers, default=0) + 1)}
    found[NO_ANSWER] = (NO_ANSWER, np.nan)
    return found


def _lists(
    kinds: dict[str, tuple[str, float]], shown: Iterable[str], groups: list[tuple[Any, ...]]
) -> dict[str, list[int]]:
    of_kind: dict[str, list[int]] = defaultdict(list)
    for index, (kind, _) in enumerate(kinds.values()):
        of_kind[kind].append(index)
    found = {
        "everybody": list(range(len(kinds))),
        "base_True": of_kind["answer"] + of_kind["dont_know"],
        "base_False": of_kind["answer"],
        "dont_know": of_kind["dont_know"],
        NO_ANSWER: of_kind[NO_ANSWER],
    }
    for answer in shown:
        in_group = _in_group(kinds, groups, answer)
        found[f"answer={answer}"] = (
            in_group if in_group is not None else [code for code, name in enumerate(kinds) if name == answer]
        )
    return found


def _in_group(kinds: dict[str, tuple[str, float]], groups: list[tuple[Any, ...]], answer: str) -> list[int] | None:
    """The codes that a named group of answers takes in; None where the seeds have no such group."""
    for name, low, high, value_from, value_to in groups:
        if name == answer:
            return [
                index
                for index, (code, (kind, value)) in enumerate(kinds.items())
                if kind in ("answer", "dont_know")
                and code
                and low <= float(code) <= high
                and not value < value_from
                and not value > value_to
            ]
    return None
