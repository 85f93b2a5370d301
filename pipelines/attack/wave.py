"""A wave as the attack sees it: its tables, and the unknowns that their rows are about, by number.

Not here: what atoms, bases and codes there are (space.py), and what is known of the unknowns (facts.py).
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipelines.attack.knowledge import Knowledge
from pipelines.attack.space import CODES, Answers, Bases, Breaks, Lists, answer_codes, base_columns, break_atoms
from pipelines.attack.system import Floats, Ints

Terms = tuple[Ints, Ints, Floats]
PLACE = ["population", "breakdown", "category"]
UNSTATED = "uoppgitt"


@dataclass
class Wave:
    """The tables of one wave, and the rules for its populations.

    rows: of survey_estimates, of the questions that hide one; hidden ones with what other tables say of them. Numbers
        are doubles, NaN where NULL
    who: population, breakdown, category, n_respondents, of all places that any row is about
    rule: population (its index), threshold, small_group
    """

    survey: str
    wave: int
    rows: pd.DataFrame
    who: pd.DataFrame
    composition: pd.DataFrame
    weights: pd.DataFrame
    rule: pd.DataFrame


@dataclass
class Space:
    """The unknowns of a wave by number, and the lists of them that rows of tables are about."""

    breaks: Breaks
    bases: Bases
    answers: Answers
    place: dict[tuple[str, str, str], int] = field(default_factory=dict)
    cells: Lists = field(default_factory=Lists)

    @property
    def first_weighted(self) -> int:
        """Keys of weighted counts are those of the counts, and this more."""
        return len(self.answers.codes) * self.n_cells * CODES

    @property
    def n_cells(self) -> int:
        return self.bases.n_columns * self.breaks.n_atoms

    def place_of(self, population: str, breakdown: str, category: str) -> int:
        """The number of a category of a population."""
        key = (population, breakdown, category)
        if key not in self.place:
            atoms = self.breaks.atoms.get((breakdown, category), [])
            if category == UNSTATED:
                atoms = self.breaks.sources.get(self.breaks.source_of.get(breakdown, ""), [])[-1:]
            columns = self.bases.columns[population]
            self.place[key] = self.cells.add([c * self.breaks.n_atoms + atom for c in columns for atom in atoms])
        return self.place[key]

    def places(self, frame: pd.DataFrame) -> Ints:
        return np.array([self.place_of(*key) for key in frame[PLACE].itertuples(index=False)], np.int64)

    def key(self, question: Ints | int, column: Ints | int, atom: Ints | int, code: Ints | int) -> Ints:
        cell = column * self.breaks.n_atoms + atom
        return np.asarray((question * self.n_cells + cell) * CODES + code, np.int64)

    def terms(self, question: Ints, place: Ints, codes: Ints, factor: Floats, per_value: float = 0) -> Terms:
        """For each i, the unknowns of the list of codes[i] in place[i], times factor[i] + per_value x their value."""
        of_cell, cell = self.cells.of(place)
        of_code, code = self.answers.lists.of(codes[of_cell])
        row = of_cell[of_code]
        coefficient = factor[row]
        if per_value:
            coefficient = coefficient + per_value * self.answers.value[question[row], code]
        return row, (question[row] * self.n_cells + cell[of_code]) * CODES + code, coefficient


def make_space(wave: Wave, knowledge: Knowledge) -> Space:
    """The unknowns of the questions in wave.rows."""
    present = {*zip(wave.who["breakdown"], wave.who["category"], strict=True)}
    breaks = break_atoms(present, wave.survey, knowledge)
    bases = base_columns([*dict.fromkeys(wave.who["population"])], wave.survey, knowledge)
    return Space(breaks, bases, answer_codes(wave.rows, wave.wave, _filtered(wave.rows), knowledge))


def _filtered(rows: pd.DataFrame) -> set[str]:
    """The questions with respondents who are neither in the base nor without an answer: a filter closed them out."""
    answered = rows["n_answers"] + rows["n_dont_know"].where(~rows["has_dont_know"], 0) + rows["n_no_answer"]
    return set(rows.loc[(answered - rows["n_respondents"]).abs() > 0, "question_id"])


def add_lists(rows: pd.DataFrame, space: Space) -> pd.DataFrame:
    """rows with the numbers of their question, place, list of codes of the answer, and of the base."""
    answers = space.answers
    question = rows["question_id"].map(answers.question).to_numpy(np.int64)
    base = np.where(rows["has_dont_know"], "base_True", "base_False")
    name = "answer=" + rows["answer"].fillna("").astype(str)
    return rows.assign(
        question=question,
        place=space.places(rows),
        base=[answers.list_of[key] for key in zip(question, base, strict=True)],
        chosen=[answers.list_of.get(key, -1) for key in zip(question, name, strict=True)],
    )
