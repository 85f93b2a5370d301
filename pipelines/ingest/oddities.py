"""Warn of what is allowed and yet unlikely: two spellings of one group, a name of another kommune, a row of totals.

Not here: what keeps a file out (cells, validation), and what a run of another year would compare with (load).
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import SequenceMatcher
from itertools import islice
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.ingest import kommuner
from pipelines.ingest.codebook import (
    CATEGORY,
    COUNTRY_CODE,
    COUNTRY_NAME,
    KOMMUNE_NAME,
    KOMMUNE_POPULATION,
    KOMMUNENR,
    STRATUM,
    STRATUM_SIZE,
    WEIGHT,
    Column,
    country_names,
)
from pipelines.ingest.extract import decoded
from pipelines.ingest.findings import Findings
from pipelines.ingest.text import folded, name_key, number_in, whole_in

SHOWN = 3  # rows that a warning names; it counts the others
TOLERANCE = 0.05  # of inhabitants: revisions are far smaller, another year or another kommune is not
ALIKE = 0.75  # of the letters of two names, where one is not a part of the other
CORRECT = "correct it at the source, if it is not meant so"
TOTALS = {
    "total", "totalt", "totals", "grand total", "sum", "i alt", "ialt", "alle", "all", "samlet", "til sammen", "snitt",
    "gjennomsnitt", "average", "mean", "hele landet",
}  # fmt: skip
MOST_WEIGHTS, DIGITS = 10_000, 4  # different weights that are kept as they are, and digits of those of more
OUTWEIGHS = 100  # times the median: trimmed survey weights stay under a tenth of it
MOST_WORDS = 3  # ids that are words among numbers: more of them are another way of numbering

Cells = dict[str, pa.Array]  # by column


class Oddity(Protocol):
    """One kind of oddity of one file: look_at() every chunk, then report()."""

    def look_at(self, rows: pa.Array, cells: Cells) -> None: ...

    def report(self, findings: Findings) -> None: ...


@runtime_checkable
class OddityOfWave(Oddity, Protocol):
    """One that can only be told of all shards of a table together: what each holds of it is added up."""

    def state(self) -> Any:
        """What was seen, as JSON can hold it."""

    def add(self, state: Any) -> None:
        """Take in what another one saw."""


def oddities(known: Iterable[Column], present: set[str], day: date, is_shard: bool = False) -> list[Oddity]:
    """What to look for in a table whose columns `present` are among `known`; `day` is that of the wave.

    Ids that are like another one are not looked for in a shard by itself: shard_keys compares those of all.
    """
    here = [column for column in known if column.name in present and not column.is_ignored]
    of_type = {column.data_type: column.name for column in reversed(here)}
    # Warnings are published with the log of loads: of respondents, they name rows and no values.
    is_shown = not any(column.is_respondent_id for column in here)
    found: list[Oddity] = [_Spellings(c.name, is_shown) for c in here if c.data_type in (CATEGORY, STRATUM)]
    found += [_Ids(c.name) for c in here if c.is_respondent_id and not is_shard]
    found += [_Totals(c.name) for c in here if c.is_respondent_id]
    if {KOMMUNENR, KOMMUNE_NAME} <= of_type.keys():
        found.append(_Names(of_type[KOMMUNENR], of_type[KOMMUNE_NAME], day, is_shown))
    if {KOMMUNENR, KOMMUNE_POPULATION} <= of_type.keys():
        found.append(_Populations(of_type[KOMMUNENR], of_type[KOMMUNE_POPULATION], day, is_shown))
    if {COUNTRY_CODE, COUNTRY_NAME} <= of_type.keys():
        found.append(_Countries(of_type[COUNTRY_CODE], of_type[COUNTRY_NAME]))
    if WEIGHT in of_type:
        found.append(_Weights(of_type[WEIGHT]))
    if {STRATUM, STRATUM_SIZE} <= of_type.keys():
        found.append(_Strata(of_type[STRATUM], of_type[STRATUM_SIZE], of_type.get(WEIGHT), day))
    return found


class _Spellings:
    """Values of a column that groups, alike but for case or form: each would be a group of its own."""

    def __init__(self, column: str, is_shown: bool) -> None:
        self._column, self._is_shown = column, is_shown
        self._values: set[str] = set()

    def look_at(self, rows: pa.Array, cells: Cells) -> None:
        self._values |= _distinct(cells[self._column])

    def state(self) -> list[str]:
        return sorted(self._values)

    def add(self, state: list[str]) -> None:
        self._values |= set(state)

    def report(self, findings: Findings) -> None:
        alike = defaultdict(list)
        for value in sorted(self._values):
            alike[folded(value)].append(value)
        found = [values for values in alike.values() if len(values) > 1]
        if found:
            n = sum(len(values) for values in found)
            said = ", ".join(f"'{value}'" for value in islice(itertools.chain(*found), SHOWN))
            problem = f"{self._column} holds {n} spellings of {len(found)} value{'s' if len(found) > 1 else ''}"
            shown = f": {said}{', …' if n > SHOWN else ''}" if self._is_shown else ""
            remedy = "write each in one way, at the source"
            findings.warn("two_spellings", f"{problem}, which count as different{shown}", remedy)


class _Ids:
    """Ids of respondents that differ by case only."""

    def __init__(self, column: str) -> None:
        self._column = column
        self._exact: list[np.ndarray] = []
        self._folded: list[np.ndarray] = []

    def look_at(self, rows: pa.Array, cells: Cells) -> None:
        from pandas.util import hash_array  # half a second that tables without respondents do not need

        ids = decoded(cells[self._column])
        self._exact.append(hash_array(ids.to_pandas().to_numpy(object), categorize=False))
        self._folded.append(hash_array(in_one_case(ids).to_pandas().to_numpy(object), categorize=False))

    def report(self, findings: Findings) -> None:
        n_exact, n_folded = (len(np.unique(np.concatenate(h))) if h else 0 for h in (self._exact, self._folded))
        warn_of_alike(self._column, n_exact - n_folded, findings)


def in_one_case(ids: pa.Array) -> pa.Array:
    """Ids as they are compared where case and form do not count."""
    if pc.all(pc.string_is_ascii(ids), min_count=0).as_py():
        return pc.ascii_lower(ids)
    return pa.array([folded(text) for text in ids.to_pylist()], pa.string())


def warn_of_alike(column: str, n_alike: int, findings: Findings) -> None:
    """Warn of ids that are another one's but for case or form."""
    if n_alike:
        problem = f"{n_alike} values of {column} are like another one but for case or form"
        findings.warn("two_spellings", problem, "see whether they are the same respondent, at the source")


class _Totals:
    """Words among ids that are numbers, and words for sums: a row of totals."""

    def __init__(self, column: str) -> None:
        self._column = column
        self._n_numbers = self._n_words = 0
        self._words: list[int] = []  # their rows, as of the totals
        self._totals: list[int] = []

    def look_at(self, rows: pa.Array, cells: Cells) -> None:
        ids = decoded(cells[self._column])
        is_number = pc.match_substring_regex(ids, "^[0-9]+$")
        is_word = pc.and_(pc.invert(pc.match_substring_regex(ids, "[0-9]")), pc.not_equal(ids, ""))
        self._n_numbers += pc.sum(is_number, min_count=0).as_py()
        found = rows.filter(is_word)
        words = ids.filter(is_word).to_pylist() if len(found) <= MOST_WORDS else []
        self._totals += [row for row, word in zip(found.to_pylist(), words, strict=False) if folded(word) in TOTALS]
        self._words += found[: SHOWN - len(self._words)].to_pylist()
        self._n_words += len(found)

    def report(self, findings: Findings) -> None:
        is_word_among_numbers = 0 < self._n_words <= MOST_WORDS and self._n_words < self._n_numbers
        found = self._words if is_word_among_numbers else self._totals
        if found:
            why = "a word, and a number in all others" if is_word_among_numbers else "a word for a sum"
            problem = f"{_places(found, len(found), findings.unit)}: {self._column} is {why}: is it a row of totals?"
            findings.warn("totals_row", problem, "take rows of totals out of the export")


class _Pairs:
    """The distinct pairs of two columns, each with its first row; `is_shown` says whether that may be said."""

    def __init__(self, first: str, second: str, is_shown: bool = True) -> None:
        self._names, self._is_shown = (first, second), is_shown
        self._rows: dict[tuple[str, str], int] = {}

    def look_at(self, rows: pa.Array, cells: Cells) -> None:
        first, second = (decoded(cells[name]) for name in self._names)
        pairs = pa.table([first, second, rows], names=["first", "second", "row"])
        grouped = pairs.group_by(["first", "second"]).aggregate([("row", "min")])
        for pair in grouped.to_pylist():
            key = pair["first"].strip(), pair["second"].strip()
            self._rows[key] = min(self._rows.get(key, pair["row_min"]), pair["row_min"])

    def __iter__(self) -> Iterator[tuple[int, str, str]]:
        """(row, first, second), by row."""
        return iter(sorted((row, *pair) for pair, row in self._rows.items()))


class _Names(_Pairs):
    """Kommune numbers whose row names another kommune."""

    def __init__(self, number: str, name: str, day: date, is_shown: bool) -> None:
        super().__init__(number, name, is_shown)
        self._known = kommuner.names_on(day)

    def report(self, findings: Findings) -> None:
        odd = [
            (row, f"{number.zfill(4)} is {self._known[number.zfill(4)][0]}, the row says {name}")
            for row, number, name in self
            if name and not go_together(name, self._known.get(number.zfill(4), [name]))
        ]
        _warn_of(odd, "kommune_name", "number and name of a kommune do not go together", self._is_shown, findings)


class _Populations(_Pairs):
    """Kommuner whose inhabitants are not those of the official count."""

    def __init__(self, number: str, inhabitants: str, day: date, is_shown: bool) -> None:
        super().__init__(number, inhabitants, is_shown)
        self._official = kommuner.population_on(day)

    def report(self, findings: Findings) -> None:
        odd = []
        for row, number, text in self:
            official, said = self._official.get(number.zfill(4)), whole_in(text)
            if official and said and abs(said - official) > TOLERANCE * official:
                odd.append((row, f"{number.zfill(4)} has {official} inhabitants, the row says {said}"))
        problem = f"inhabitants more than {TOLERANCE:.0%} from the official count of the year"
        _warn_of(odd, "kommune_population", problem, self._is_shown, findings)


class _Countries(_Pairs):
    """Codes of countries whose row names another country."""

    def report(self, findings: Findings) -> None:
        known = country_names()
        odd = [(row, f"{code} is not {name}") for row, code, name in self if known.get(name_key(name), code) != code]
        _warn_of(odd, "country_name", "code and name of a country do not go together", self._is_shown, findings)


class _Weights:
    """A weight that outweighs all others, and a table in which nobody has one."""

    def __init__(self, column: str) -> None:
        self._column = column
        self._weights, self._counts = np.empty(0), np.empty(0, np.int64)  # each weight, and how many have it
        self._largest = 0.0

    def look_at(self, rows: pa.Array, cells: Cells) -> None:
        texts = cells[self._column]
        encoded = texts if isinstance(texts, pa.DictionaryArray) else texts.dictionary_encode()
        weights = np.array([number_in(text) or 0.0 for text in encoded.dictionary.to_pylist()], dtype=float)
        self._count(weights, np.bincount(encoded.indices.to_numpy(zero_copy_only=False), minlength=len(weights)))

    def state(self) -> list[tuple[float, int]]:
        return list(zip(self._weights.tolist(), self._counts.tolist(), strict=True))

    def add(self, state: list[tuple[float, int]]) -> None:
        weights, counts = zip(*state, strict=True) if state else ((), ())
        self._count(np.array(weights, float), np.array(counts, np.int64))

    def _count(self, weights: np.ndarray, counts: np.ndarray) -> None:
        weights, counts = weights[weights > 0], counts[weights > 0]
        self._largest = max(self._largest, weights.max(initial=0.0))
        weights, counts = np.concatenate([self._weights, weights]), np.concatenate([self._counts, counts])
        if len(np.unique(weights)) > MOST_WEIGHTS:
            # The largest is known as it is; of the one in the middle, that many digits are enough.
            scale = 10.0 ** (DIGITS - 1 - np.floor(np.log10(weights)))
            weights = np.round(weights * scale) / scale
        distinct, place = np.unique(weights, return_inverse=True)
        self._weights, self._counts = distinct, np.bincount(place, counts, len(distinct)).astype(np.int64)

    def report(self, findings: Findings) -> None:
        if not len(self._weights):
            problem = f"no {findings.unit} has a {self._column} above 0: nothing can be estimated of the wave"
            findings.warn("weights", problem, "export the weights, too; 1 for all where nobody is weighted")
        elif self._largest > OUTWEIGHS * self._median():
            problem = f"the largest {self._column} is more than {OUTWEIGHS} times the one in the middle"
            findings.warn("weights", problem, CORRECT)

    def _median(self) -> float:
        up_to = np.cumsum(self._counts)
        low, high = np.searchsorted(up_to, [(up_to[-1] - 1) // 2 + 1, up_to[-1] // 2 + 1])
        return float((self._weights[low] + self._weights[high]) / 2)


class _Strata(_Pairs):
    """Sizes of strata that do not agree, or do not add up to the adults of the country."""

    def __init__(self, stratum: str, size: str, weight: str | None, day: date) -> None:
        super().__init__(stratum, size)
        self._weight, self._year = weight, day.year
        self._n: dict[str, int] = defaultdict(int)

    def look_at(self, rows: pa.Array, cells: Cells) -> None:
        if self._weight:  # who has no weight is not in the design
            is_in = pc.not_equal(pc.utf8_trim(decoded(cells[self._weight]), " 0.,"), "")
            cells = {name: decoded(cells[name]).filter(is_in) for name in self._names}
            rows = rows.filter(is_in)
        super().look_at(rows, cells)
        for value in pc.value_counts(decoded(cells[self._names[0]])).to_pylist():
            self._n[value["values"].strip()] += value["counts"]

    def state(self) -> dict[str, Any]:
        return {"sizes": [(row, *pair) for pair, row in self._rows.items()], "n": self._n}

    def add(self, state: dict[str, Any]) -> None:
        for row, stratum, size in state["sizes"]:
            self._rows.setdefault((stratum, size), row)
        for stratum, n in state["n"].items():
            self._n[stratum] += n

    def report(self, findings: Findings) -> None:
        size = self._names[1]
        sizes: dict[str, list[int]] = defaultdict(list)
        for _, name, text in self:
            sizes[name].append(whole_in(text) or 0)
        n_several = sum(len(found) > 1 for found in sizes.values())
        if n_several:
            problem = (
                f"{_counted(n_several)} with more than one value of {size}; a stratum has one size, the largest counts"
            )
            findings.warn("stratum_size", problem, CORRECT)
        too_small = [(self._n[name], max(found)) for name, found in sizes.items() if 0 < max(found) < self._n[name]]
        if too_small:
            n, people = too_small[0]
            problem = (
                f"{_counted(len(too_small))} with more respondents than people: the first has {n}, and {size} {people}"
            )
            findings.at(column=size).add("stratum_size", problem, "correct it at the source")
        total = sum(max(found) for found in sizes.values())
        adults = kommuner.adults_in(self._year)
        if total and abs(total - adults) > TOLERANCE * adults:
            problem = (
                f"the sizes of the strata ({size}) add up to {total}, more than {TOLERANCE:.0%} from the "
                f"{adults} inhabitants of 16 years and over"
            )
            findings.warn("stratum_size", problem, CORRECT)


def _warn_of(odd: list[tuple[int, str]], rule: str, problem: str, is_shown: bool, findings: Findings) -> None:
    """One warning for all rows of a kind, with what the first of them say where that may be shown."""
    if odd:
        where = _places([row for row, _ in odd], len(odd), findings.unit)
        said = "; ".join([text for _, text in odd[:SHOWN]] + ["…"] * (len(odd) > SHOWN))
        findings.warn(rule, f"{where}: {problem}{f': {said}' if is_shown else ''}", CORRECT)


def _counted(n_strata: int) -> str:
    return "1 stratum" if n_strata == 1 else f"{n_strata} strata"


def _places(rows: list[int], n_rows: int, unit: str) -> str:
    """'rows 3, 9 and 12', or the first of them and how many there are."""
    shown = [str(row) for row in rows[:SHOWN]]
    if n_rows > len(shown):
        return f"{unit}s {', '.join(shown)} and {n_rows - len(shown)} more"
    return f"{unit}{'s' if len(shown) > 1 else ''} {' and '.join(', '.join(shown).rsplit(', ', 1))}"


def go_together(name: str, official: list[str]) -> bool:
    """Whether a reader would take a name for one of the official ones."""
    said = folded(name)
    plain = [folded(re.sub(r"\(.*\)", "", known)) for known in official]
    return any(known in said or said in known or SequenceMatcher(None, known, said).ratio() >= ALIKE for known in plain)


def _distinct(cells: pa.Array) -> set[str]:
    return set((cells.dictionary if isinstance(cells, pa.DictionaryArray) else cells.unique()).to_pylist())
