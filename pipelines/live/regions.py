"""What landing/ holds of the register of kommuner, beside seeds/regions: differences, reforms ahead, proposed rows.

Not here: how the two are compared (register), and changing a seed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipelines.common.seeds import read_seed, seed_path
from pipelines.common.settings import Settings
from pipelines.ingest.codebook import BODY
from pipelines.ingest.findings import Findings
from pipelines.ingest.json_reader import READS
from pipelines.ingest.json_stat import BodyError, read_json
from pipelines.ingest.resources import Resource, resources
from pipelines.live.delivery import newest
from pipelines.live.register import (
    Difference,
    Period,
    Row,
    ahead,
    changes_of,
    compare_changes,
    compare_periods,
)

KOMMUNE, CHANGE, POPULATION, SENTRALITET, FYLKE = (
    "kommune", "kommune_change", "kommune_population", "kommune_sentralitet", "fylke"
)  # fmt: skip
SPLITS = ("split", "split_and_merged")
Compare = Callable[[Resource, Sequence[Row]], list[Difference]]


@dataclass(frozen=True)
class Comparison:
    """A seed beside the newest answer: `differences`, or why it was not compared."""

    seed: str
    resource: str
    differences: tuple[Difference, ...] = ()
    not_compared: str = ""


def compare(settings: Settings) -> list[Comparison]:
    """Each seed of seeds/regions that a resource maps to, beside what landing/ holds of it."""
    found = []
    for resource in resources().values():
        if resource.maps_to in COMPARES:
            try:
                rows = rows_of(settings.landing, resource)
                differences = COMPARES[resource.maps_to](resource, rows) if rows is not None else ()
                why = "" if rows is not None else "it was never fetched"
            except BodyError as error:
                differences, why = (), f"the answer cannot be read: {error.problem}"
            found.append(Comparison(resource.maps_to, resource.survey, tuple(differences), why))
    return found


def reforms_ahead(settings: Settings, today: date) -> list[str]:
    """In words, the changes of kommuner that the register has for days to come."""
    for resource in resources().values():
        if resource.maps_to == CHANGE and (rows := rows_of(settings.landing, resource)) is not None:
            return ahead(changes_of(rows), today.isoformat())
    return []


def rows_of(landing: Path, resource: Resource) -> list[Row] | None:
    """The rows of the newest answer in landing/; None where there is none. Raises BodyError as ingest refuses."""
    delivered = newest(landing, resource)
    if delivered is None:
        return None
    files = sorted(delivered.folder.glob(f"*.{BODY}"))
    read = READS[resource.form]
    return [row for file in files for row in read(read_json(file.read_bytes()), resource, file, Findings())]


def proposed(settings: Settings) -> dict[str, list[str]]:
    """{seed: lines of CSV to add, or to put in place of that with the same key}; what people have to find out is left
    to fill in."""
    lines: dict[str, list[str]] = {}
    for comparison in compare(settings):
        for difference in comparison.differences:
            for seed, line in difference.rows:
                lines.setdefault(seed, []).append(line)
    for line in lines.get(CHANGE, []):
        day, old, new, kind = line.split(",")
        if kind in SPLITS:
            lines.setdefault("kommune_split_share", []).append(f"{day},{old},{new},<share>,<how it is known>")
    if counts := list(_counts(settings)):
        lines["kommune_count"] = counts
    return lines


def header_of(seed: str) -> str:
    """The first line of a seed."""
    with seed_path(seed).open(encoding="utf-8") as file:
        return file.readline().strip()


def _counts(settings: Settings) -> Iterator[str]:
    """How many kommuner the register has on the days on which the seeds and it differ."""
    for resource in resources().values():
        rows = rows_of(settings.landing, resource) if resource.maps_to == KOMMUNE else None
        if rows:
            periods = _periods(resource, rows)
            known = {row["year"] for row in read_seed("kommune_count")}
            for day in sorted({p.begins for p in periods if p.begins[:4] not in known}):
                n = sum(p.begins <= day and (not p.ends or day < p.ends) for p in periods)
                yield f"{day[:4]},{n},{resource.title_nb} ({resource.survey})"


def _periods(resource: Resource, rows: Sequence[Row]) -> list[Period]:
    """The periods of a register, without codes that are no place; one that ends with what was asked for is open."""
    no_place = {code for codes in resource.names.values() for code, (name, _) in codes.items() if not name}
    last = max((row["valid_to"] for row in rows), default="")
    asked_to = last if f"to={last}" in resource.address else ""
    return [
        Period(row["code"], row["name"], row["valid_from"], "" if row["valid_to"] == asked_to else row["valid_to"])
        for row in rows
        if row["code"] not in no_place
    ]


def _kommuner(resource: Resource, rows: Sequence[Row]) -> list[Difference]:
    return compare_periods(KOMMUNE, _known(KOMMUNE, "kommunenr", "kommunenavn"), _periods(resource, rows))


def _fylker(resource: Resource, rows: Sequence[Row]) -> list[Difference]:
    return compare_periods(FYLKE, _known(FYLKE, "fylkesnr", "fylkesnavn"), _periods(resource, rows))


def _known(seed: str, code: str, name: str) -> list[Period]:
    return [Period(row[code], row[name], row["valid_from"], row["valid_to"]) for row in read_seed(seed)]


def _changes(_resource: Resource, rows: Sequence[Row]) -> list[Difference]:
    columns = ("change_date", "from_kommunenr", "to_kommunenr", "change_type")
    known = [(row[columns[0]], row[columns[1]], row[columns[2]], row[columns[3]]) for row in read_seed(CHANGE)]
    first = min(day for day, *_ in known)
    return compare_changes(CHANGE, known, [change for change in changes_of(rows) if change.day >= first])


def _population(_resource: Resource, rows: Sequence[Row]) -> list[Difference]:
    """Inhabitants of a year that the seed has not, or has otherwise. 0 is that of a number that is no longer in use."""
    known = {(row["kommunenr"], row["year"]): row["population"] for row in read_seed(POPULATION)}
    found = []
    for row in rows:
        key = row["region"], row["period"]
        if row["value"] not in ("", "0", known.get(key)):
            said = f"{key[0]} has {row['value']} inhabitants in {key[1]}, in {POPULATION}.csv {known.get(key, 'none')}"
            found.append(Difference(said, ((POPULATION, ",".join((*key, row["value"]))),), f"{key[1]}-01-01"))
    return found


def _sentralitet(_resource: Resource, rows: Sequence[Row]) -> list[Difference]:
    """Classes on 1 January of the years that the seed has."""
    known = {(row["division_year"], row["kommunenr"]): row for row in read_seed(SENTRALITET)}
    years = sorted({year for year, _ in known})
    told = [(year, row) for year in years for row in rows if _holds(row, f"{year}-01-01")]
    found = []
    for year, row in told:
        was: Mapping[str, str] = known.get((year, row["target_code"]), {})
        if was.get("sentralitet") != row["source_code"]:
            said = f"{row['target_code']} {row['target_name']} has class {row['source_code']} in {year}"
            line = ",".join((year, row["target_code"], row["source_code"], was.get("sentralitet_index", "<index>")))
            other = f"in {SENTRALITET}.csv {was.get('sentralitet', 'none')}"
            found.append(Difference(f"{said}, {other}", ((SENTRALITET, line),), f"{year}-01-01"))
    return found


def _holds(row: Row, day: str) -> bool:
    """Whether a row of a register is valid on a day."""
    return row["valid_from"] <= day and (not row["valid_to"] or day < row["valid_to"])


COMPARES: dict[str, Compare] = {
    KOMMUNE: _kommuner,
    CHANGE: _changes,
    FYLKE: _fylker,
    POPULATION: _population,
    SENTRALITET: _sentralitet,
}
