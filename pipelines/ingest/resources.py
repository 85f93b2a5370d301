"""Typed view of seeds/sources: who has a public interface, what is fetched of it, and what its codes are called here.

Not here: fetching (pipelines/live), and reading what was fetched (json_reader).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property
from typing import Any

from pipelines.common.fetched import fetched_id
from pipelines.common.seeds import SeedError, read_seed

RESOURCES, DIMENSIONS, CODES = (f"seeds/sources/{n}.csv" for n in ("resource", "resource_dimension", "resource_code"))
JSON_STAT = "json_stat"
# What a dimension becomes: a column of the figure's key, or nothing; of one that is `summed`, all codes are added up.
CONCEPT, CATEGORY, REGION, PERIOD, FIXED = "concept", "category", "region", "period", "fixed"
COLUMNS = (CONCEPT, CATEGORY, REGION, PERIOD)


@dataclass(frozen=True)
class Source:
    """Who publishes, and where; `closed` are the times of day at which nobody is to call."""

    source: str
    producer: str
    api: str
    base_url: str
    licence: str
    attribution_nb: str
    attribution_en: str
    closed: str
    time_zone: str
    max_calls: int
    window_seconds: int
    max_body_mb: int
    page: str


@dataclass(frozen=True)
class Dimension:
    """A dimension of a table, or with a blank name a column that the table has no dimension for."""

    name: str
    becomes: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Resource:
    """What is fetched as one: a table, a classification, a count. Its deliveries are those of the survey `survey`."""

    source: str
    resource: str
    title_nb: str
    address: str
    form: str
    reads_as: str
    maps_to: str
    unit: str
    said_unit: str
    cadence: str
    lag_days: int | None
    refresh_days: int
    is_kept_monthly: bool

    @property
    def survey(self) -> str:
        """The id under which it is delivered, logged and kept in schema raw."""
        return fetched_id(self.source, self.resource)

    @property
    def landing_path(self) -> str:
        return f"{self.source}/{self.resource}"

    @cached_property
    def dimensions(self) -> Sequence[Dimension]:
        """In the order of the seed; none where nobody knows yet what to ask for."""
        return [
            Dimension(row["dimension"], row["becomes"], tuple(row["codes"].split()))
            for row in read_seed("resource_dimension")
            if _is_of(row, self)
        ]

    @cached_property
    def names(self) -> dict[str, dict[str, tuple[str, str]]]:
        """{dimension: {code: (what the project calls it, in words)}}, of the dimensions whose codes are listed."""
        found: dict[str, dict[str, tuple[str, str]]] = {}
        for row in read_seed("resource_code"):
            if _is_of(row, self):
                found.setdefault(row["dimension"], {})[row["code"]] = row["name"], row["name_nb"]
        return found

    @property
    def is_selected(self) -> bool:
        """Whether it is known what to ask for; of what is no table, all is."""
        return self.form != JSON_STAT or bool(self.dimensions)


def _is_of(row: dict[str, str], resource: Resource) -> bool:
    return (row["source"], row["resource"]) == (resource.source, resource.resource)


@cache
def sources() -> dict[str, Source]:
    """All sources by their id, in the order of the seed."""
    return {row["source"]: Source(**_typed(row, Source)) for row in read_seed("source")}


@cache
def resources() -> dict[str, Resource]:
    """{survey: what is fetched}, in the order of the seed."""
    found = [Resource(**_typed(row, Resource)) for row in read_seed("resource")]
    return {resource.survey: resource for resource in found}


def _typed(row: dict[str, str], of: type[Source] | type[Resource]) -> dict[str, Any]:
    """The cells of a row as the fields of a class want them."""
    read: dict[object, Callable[[str], Any]] = {
        str: str,
        int: int,
        bool: lambda cell: cell == "true",
        int | None: lambda cell: int(cell) if cell else None,
    }
    return {field.name: read[field.type](row[field.name]) for field in fields(of)}


def decisive(survey: str) -> list[dict[str, str]]:
    """The rows of the seeds that decide how a resource is read."""
    resource = resources()[survey]
    seeds = ("resource", "resource_dimension", "resource_code")
    return [row for seed in seeds for row in read_seed(seed) if _is_of(row, resource)]


def body_rows(resource: Resource, codebook: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The rows of the codebook that describe what is read of a resource; `codebook`: those of the survey it reads as.

    Raises SeedError where nothing describes it.
    """
    if codebook:
        return list(codebook)
    of_form = resource.reads_as or resource.form
    blank = dict.fromkeys(read_seed("codebook")[0], "")
    rows = [
        {**blank, **{name: cell for name, cell in row.items() if name in blank}}
        for row in read_seed("body_column")
        if row["reads_as"] == of_form
    ]
    if not rows:
        problem = f"{RESOURCES}: {resource.survey} reads as {of_form!r}, of which there are no columns"
        raise SeedError(
            f"{problem}; name a survey of the kind statistics, or add rows to seeds/sources/body_column.csv"
        )
    return rows
