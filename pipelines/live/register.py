"""The register of kommuner and fylker as Klass has it, beside what the seeds hold: what differs, and the rows for it.

Not here: fetching it (refresh), and changing a seed: nobody but people does.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Row = Mapping[str, str]
RENAMED, RENUMBERED, MERGED, SPLIT, BOTH = "renamed", "renumbered", "merged", "split", "split_and_merged"


@dataclass(frozen=True, order=True)
class Change:
    """A kommune became another, or was renamed, on a day; names as of before and after."""

    day: str
    old: str
    new: str
    old_name: str = ""
    new_name: str = ""


@dataclass(frozen=True, order=True)
class Period:
    """A place had a name from a day on, until another (exclusive; '' while it still has)."""

    code: str
    name: str
    begins: str
    ends: str = ""


@dataclass(frozen=True)
class Difference:
    """What one of the two has and the other has not: in words, and `rows`, (seed, line of CSV) to add or to correct."""

    said: str
    rows: tuple[tuple[str, str], ...] = ()
    day: str = ""


def changes_of(rows: Iterable[Row]) -> list[Change]:
    """The changes of a register, by day; a code that comes or goes without another is none."""
    named = (Change(r["changed_on"], r["old_code"], r["new_code"], r["old_name"], r["new_name"]) for r in rows)
    return sorted({change for change in named if change.old and change.new})


def types_of(changes: Sequence[Change]) -> dict[Change, str]:
    """{change: what kind it is}, by who else was in it that day."""
    went, came = defaultdict(set), defaultdict(set)
    for change in changes:
        went[change.day, change.old].add(change.new)
        came[change.day, change.new].add(change.old)
    kinds = {}
    for change in changes:
        is_split = len(went[change.day, change.old]) > 1
        is_merged = any(len(came[change.day, new]) > 1 for new in went[change.day, change.old])
        if is_split:
            kinds[change] = BOTH if is_merged else SPLIT
        elif is_merged:
            kinds[change] = MERGED
        else:
            kinds[change] = RENAMED if change.old == change.new else RENUMBERED
    return kinds


def walk(start: Mapping[str, str], first_day: str, changes: Sequence[Change]) -> list[Period]:
    """The periods that follow from a first division {code: name} and all changes after it, day by day."""
    current = {code: Period(code, name, first_day) for code, name in start.items()}
    done = []
    by_day = defaultdict(list)
    for change in changes:
        if change.day > first_day:
            by_day[change.day].append(change)
    for day in sorted(by_day):
        of_day = by_day[day]
        after = {change.new: change.new_name for change in of_day}
        for code in {change.old for change in of_day} & current.keys():
            if after.get(code) != current[code].name:  # one that keeps code and name goes on as it was
                done.append(Period(code, current[code].name, current[code].begins, day))
                del current[code]
        for code, name in after.items():
            current.setdefault(code, Period(code, name, day))
    return sorted([*done, *current.values()])


def joined(periods: Iterable[Period]) -> list[Period]:
    """Periods of one code and name that follow upon each other, as one."""
    found: list[Period] = []
    for period in sorted(periods, key=lambda p: (p.code, p.begins)):
        last = found[-1] if found else None
        if last and (last.code, last.name) == (period.code, period.name) and last.ends >= period.begins:
            found[-1] = Period(last.code, last.name, last.begins, period.ends)
        else:
            found.append(period)
    return found


def compare_periods(seed: str, known: Iterable[Period], told: Iterable[Period]) -> list[Difference]:
    """What the register tells otherwise than a seed of (code, name, valid_from, valid_to)."""
    ours, theirs = set(joined(known)), set(joined(told))
    by_start = {(p.code, p.begins): p for p in ours}
    found = []
    for period in sorted(theirs - ours):
        line = _csv(period.code, period.name, period.begins, period.ends)
        was = by_start.pop((period.code, period.begins), None)
        if was is None:
            said = f"{period.code} {period.name} from {period.begins} is not in {seed}.csv"
            found.append(Difference(said, ((seed, line),), period.begins))
        elif was.name == period.name:
            said = f"{period.code} {period.name} ends {period.ends or 'never'}, in {seed}.csv {was.ends or 'never'}"
            found.append(Difference(said, ((seed, line),), period.ends or was.ends))
        else:
            said = f"{period.code} is called {period.name} from {period.begins}, in {seed}.csv {was.name}"
            found.append(Difference(said, ((seed, line),), period.begins))
    told_starts = {(p.code, p.begins) for p in theirs}
    for period in sorted(ours - theirs):
        if (period.code, period.begins) not in told_starts:
            said = f"{period.code} {period.name} from {period.begins} is in {seed}.csv, and not in the register"
            found.append(Difference(said, (), period.begins))
    return found


def compare_changes(seed: str, known: Iterable[tuple[str, str, str, str]], told: Sequence[Change]) -> list[Difference]:
    """What the register tells otherwise than the seed of (day, old, new, type)."""
    kinds = types_of(told)
    theirs = {
        (c.day, c.old, c.new, kind): c
        for c, kind in kinds.items()
        if c.old != c.new or kind != RENAMED or c.old_name != c.new_name
    }
    ours = set(known)
    found = []
    for key in sorted(theirs.keys() - ours):
        change = theirs[key]
        said = f"{change.old} {change.old_name} became {change.new} {change.new_name} on {change.day} ({key[3]})"
        found.append(Difference(f"{said}; not so in {seed}.csv", ((seed, _csv(*key)),), change.day))
    for day, old, new, kind in sorted(ours - theirs.keys()):
        found.append(
            Difference(f"{old} to {new} on {day} ({kind}) is in {seed}.csv, and not so in the register", (), day)
        )
    return found


def ahead(changes: Sequence[Change], today: str) -> list[str]:
    """In words, what the register says of days to come: a reform that the seeds will have to know of."""
    kinds = types_of(changes)
    return [f"{c.day}: {c.old} {c.old_name} -> {c.new} {c.new_name} ({kinds[c]})" for c in changes if c.day > today]


def _csv(*cells: str) -> str:
    return ",".join(f'"{cell}"' if "," in cell else cell for cell in cells)
