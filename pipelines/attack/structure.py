"""What holds between the unknowns of a wave whatever its numbers are: categories, parts and answers add up.

Not here: what the tables say of them (facts.py).
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.attack.knowledge import Knowledge
from pipelines.attack.space import ALL
from pipelines.attack.system import BIT, Ints, Rows
from pipelines.attack.wave import Space, Wave


def divided_by(rows: pd.DataFrame, space: Space) -> dict[int, dict[int, set[str]]]:
    """{question: {column of a population: source columns it is divided by}}, with the parts of what is partitioned."""
    found: dict[int, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    of_rows = rows[["question", "population", "breakdown"]].drop_duplicates()
    for question, population, breakdown in of_rows.itertuples(index=False):
        for column in space.bases.columns[population]:
            found[question][column] |= {space.breaks.source_of[breakdown]} if breakdown != "all" else set()
    for uses in found.values():
        for base, parts, _, _ in space.bases.parts:
            if base in uses and any(part in uses for part in parts):
                sources = set().union(*(uses[part] for part in parts if part in uses))
                for part in parts:
                    uses[part] |= sources
    return found


@dataclass
class _Layer:
    """The rows of counts, or those of weighted counts, whose keys are this more."""

    found: Rows
    space: Space
    offset: int


def add_structure(
    found: Rows, space: Space, uses: dict[int, dict[int, set[str]]], offset: int, wave: Wave, knowledge: Knowledge
) -> None:
    """What holds of any numbers: categories and parts add up, everybody gave an answer or none."""
    layer = _Layer(found, space, offset)
    standards = _partitions(space, wave, knowledge)
    for question, of_question in uses.items():
        codes = np.arange(len(space.answers.codes[question]))
        for column, sources in of_question.items():
            for source in sorted(sources):
                bit = "overlapping breakdowns" if source in space.breaks.nested else "categories add up to all"
                _add_sum(layer, question, column, space.breaks.sources[source], codes, BIT[bit])
            for atoms, needs in standards:
                if needs <= sources:
                    _add_sum(layer, question, column, atoms, codes, BIT["a partition of respondents"])
            if question:
                _add_everybody(layer, question, column, _atoms(space, sources), codes)
        for base, parts, _, _ in space.bases.parts:
            if base in of_question and parts[0] in of_question:
                shared = _atoms(space, of_question[base] & of_question[parts[0]])
                _add_parts(layer, question, base, parts, shared, codes)
    for base, parts, picking, ranges in space.bases.parts:
        question = space.answers.question.get(picking, 0)
        if question and base in uses[question] and parts[0] in uses[0]:
            shared = _atoms(space, uses[question][base] & uses[0][parts[0]])
            _add_picked(layer, picking, base, parts, ranges, shared)


def _atoms(space: Space, sources: set[str]) -> Ints:
    return np.array([ALL, *(atom for source in sorted(sources) for atom in space.breaks.sources[source])])


def _equal(found: Rows, plus: Ints, minus: Ints, bits: int) -> None:
    """Rows: the sum of each row of `plus` is that of the same row of `minus`. Keys, [row, term]."""
    keys = np.hstack([plus, minus])
    coefficient = np.repeat([1.0, -1.0], [plus.shape[1], minus.shape[1]])
    n, width = keys.shape
    zero = np.zeros(n)
    found.add(np.repeat(np.arange(n), width), keys.ravel(), np.tile(coefficient, n), zero, zero, bits)


def _add_sum(layer: _Layer, question: int, column: int, atoms: list[int], codes: Ints, bits: int) -> None:
    parts = layer.space.key(question, column, np.array(atoms)[None, :], codes[:, None]) + layer.offset
    _equal(layer.found, parts, layer.space.key(question, column, ALL, codes)[:, None] + layer.offset, bits)


def _add_everybody(layer: _Layer, question: int, column: int, atoms: Ints, codes: Ints) -> None:
    parts = layer.space.key(question, column, atoms[:, None], codes[None, :]) + layer.offset
    _equal(
        layer.found,
        parts,
        layer.space.key(0, column, atoms, 0)[:, None] + layer.offset,
        BIT["answers add up to the base"],
    )


def _add_parts(layer: _Layer, question: int, base: int, parts: list[int], atoms: Ints, codes: Ints) -> None:
    atom, code = (axis.ravel() for axis in np.meshgrid(atoms, codes))
    columns = layer.space.key(question, np.array(parts)[None, :], atom[:, None], code[:, None]) + layer.offset
    whole = layer.space.key(question, base, atom, code)[:, None] + layer.offset
    _equal(layer.found, columns, whole, BIT["populations picked by an answer"])


def _add_picked(
    layer: _Layer,
    picking: str,
    base: int,
    parts: list[int],
    ranges: list[tuple[float, float] | None],
    atoms: Ints,
) -> None:
    """A population has as many respondents as gave the answers that pick it."""
    question = layer.space.answers.question[picking]
    for part, limits in zip(parts, ranges, strict=True):
        codes = np.array(layer.space.answers.codes_between(picking, *limits) if limits else [], np.int64)
        if len(codes):
            answers = layer.space.key(question, base, atoms[:, None], codes[None, :]) + layer.offset
            who = layer.space.key(0, part, atoms, 0)[:, None] + layer.offset
            _equal(layer.found, answers, who, BIT["populations picked by an answer"])


def _partitions(space: Space, wave: Wave, knowledge: Knowledge) -> list[tuple[list[int], set[str]]]:
    """Categories of several breakdowns that part the respondents, as their counts show: (atoms, source columns)."""
    found = []
    counts = wave.composition.set_index(["breakdown", "category"])["n_respondents"]
    counts = counts[~counts.index.duplicated()]
    declared = knowledge.standards[knowledge.standards["survey"] == wave.survey]
    for _, cells in declared.groupby("standard"):
        keys = list(zip(cells["breakdown"], cells["category"], strict=True))
        if len({breakdown for breakdown, _ in keys}) > 1 and all(
            key in counts and key in space.breaks.atoms for key in keys
        ):
            whole = counts.get(("all", "all"), np.nan)
            if sum(counts[key] for key in keys) == whole:
                atoms = [atom for key in keys for atom in space.breaks.atoms[key]]
                found.append((atoms, {space.breaks.source_of[breakdown] for breakdown, _ in keys}))
    return found
