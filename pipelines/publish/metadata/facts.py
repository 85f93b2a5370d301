"""What there is to say of a release, gathered once for all documents: its tables, files, years, surveys and publisher.

Not here: how a standard says it (the modules beside this one), and what a column means (contracts).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.common.contracts import Contract
from pipelines.common.fetched import fetched_titles
from pipelines.common.seeds import SeedError, read_seed
from pipelines.publish.metadata.labels import is_time, table_label, translated
from pipelines.publish.metadata.publication import Publication, publication
from pipelines.publish.synthetic import NOTE
from pipelines.publish.tables import COMPRESSED, LOG_TABLE, file_hash, without_refused

SYNTHETIC_KEYWORD = {"nb": "syntetiske data", "en": "synthetic data"}
# Folders that tell of the tables, and hold none.
DESCRIBED_NOT = ("metadata", "report")


@dataclass(frozen=True)
class File:
    """A file of the release: `path` below its folder, and `form` the row of seed file_format, of what is compressed
    that of what comes out."""

    path: str
    size: int
    sha256: str
    form: Mapping[str, str]
    is_compressed: bool = False

    @property
    def stem(self) -> str:
        return Path(self.path).name.removesuffix(COMPRESSED).removesuffix(f".{self.form['extension']}")


@dataclass(frozen=True)
class Table:
    """A table: `label` is the row of seed table_label; `years` the first and last that it is about, None without."""

    contract: Contract
    label: Mapping[str, str]
    n_rows: int
    surveys: tuple[str, ...]
    years: tuple[int, int] | None
    is_synthetic: bool
    files: tuple[File, ...]

    @property
    def name(self) -> str:
        return self.contract.name

    def description(self, language: str) -> str:
        """In nb or en, with a warning where it is synthetic."""
        said = self.label["description_nb"] if language == "nb" else " ".join(self.contract.description.split())
        return f"{said} {NOTE[language]}" if self.is_synthetic else said


@dataclass(frozen=True)
class Facts:
    """A release. `files` are those of no single table, `waves` {survey: its waves in the tables}."""

    release_id: str
    created: datetime
    is_synthetic: bool
    publication: Publication
    tables: tuple[Table, ...]
    files: tuple[File, ...]
    waves: Mapping[str, tuple[int, ...]]

    @property
    def url(self) -> str:
        return f"{self.publication.address}/releases/{self.release_id}"

    @property
    def content(self) -> str:
        """Which content it is, whenever it was made: how its id ends."""
        return self.release_id.partition("-")[2] or self.release_id

    @property
    def surveys(self) -> list[dict[str, str]]:
        """The rows of seed survey that the tables are made of."""
        made_of = {survey for table in self.tables for survey in table.surveys}
        return [row for row in read_seed("survey") if row["survey"] in made_of]

    @property
    def years(self) -> tuple[int, int] | None:
        """The first and the last that a table is about; None where no table is about a year."""
        found = [year for table in self.tables for year in table.years or ()]
        return (min(found), max(found)) if found else None

    def title(self, language: str) -> str:
        return self.publication.said[f"title_{language}"]

    def description(self, language: str) -> str:
        """What the release is, in nb or en, with a warning where it is synthetic."""
        surveys = ", ".join(translated(row["survey_nb"]).get(language, row["survey_nb"]) for row in self.surveys)
        about = self.publication.said[f"description_{language}"]
        said = f"{about}: {surveys}." if surveys else f"{about}."
        said = " ".join([said, *self.attributions(language)])
        return f"{said} {NOTE[language]}" if self.is_synthetic else said

    def attributions(self, language: str) -> list[str]:
        """How sources of which something was fetched want to be named, each once."""
        named = {of[f"attribution_{language}"]: None for name, of in fetched_titles().items() if name in self.waves}
        return [f"{attribution}." for attribution in named]

    def keywords(self, language: str, is_synthetic: bool) -> list[str]:
        """In nb or en, with one more where what they are of is synthetic."""
        words = [word.strip() for word in self.publication.said[f"keywords_{language}"].split(";")]
        return words + [SYNTHETIC_KEYWORD[language]] * is_synthetic

    def citation(self, language: str) -> str:
        return self.publication.citation(self.release_id, self.created, language)


def gather(
    folder: Path,
    release: tuple[str, datetime],
    contracts: Mapping[str, Contract],
    tables: Mapping[str, pa.Table],
    is_synthetic: bool,
) -> Facts:
    """The facts of the release in `folder`, of that id and time, whose tables are written.

    Raises SeedError where seeds/labels does not name a table, a column or the format of a file.
    """
    known = {name: without_refused(table) if name == LOG_TABLE else table for name, table in tables.items()}
    of_table: dict[str, list[File]] = {name: [] for name in contracts}
    of_none: list[File] = []
    for file in _files(folder):
        of_table.get(_table_of(file, contracts), of_none).append(file)
    described = tuple(_table(contract, known[name], of_table[name]) for name, contract in contracts.items())
    return Facts(*release, is_synthetic, publication(), described, tuple(of_none), _waves(known))


def _files(folder: Path) -> Iterator[File]:
    forms = {row["extension"]: row for row in read_seed("file_format")}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if not path.is_file() or inside.parts[0] in DESCRIBED_NOT:
            continue
        is_compressed = path.suffix == COMPRESSED
        extension = (Path(path.stem) if is_compressed else path).suffix.removeprefix(".")
        if extension not in forms:
            raise SeedError(f"{inside}: seeds/labels/file_format.csv has no row for {extension}; add one")
        yield File(inside.as_posix(), path.stat().st_size, file_hash(path), forms[extension], is_compressed)


def _table_of(file: File, names: Iterable[str]) -> str:
    """The table that a file is named after, whatever follows its name; '' for none."""
    stem = file.stem
    return max(
        (name for name in names if stem == name or stem.startswith((f"{name}_", f"{name}."))), key=len, default=""
    )


def _table(contract: Contract, table: pa.Table, files: list[File]) -> Table:
    label = table_label(contract)
    surveys = label["surveys"].split() or _values(table, "survey")
    bounds = [pc.min_max(table[c.name]).as_py() for c in contract.columns if is_time(c)]
    years = [year for bound in bounds for year in (bound["min"], bound["max"]) if year is not None]
    is_synthetic = "is_synthetic" in contract.names and pc.any(table["is_synthetic"]).as_py() is True
    return Table(
        contract,
        label,
        table.num_rows,
        tuple(surveys),
        (min(years), max(years)) if years else None,
        is_synthetic,
        tuple(files),
    )


def _values(table: pa.Table, column: str) -> list[str]:
    """What stands in a column, sorted, if the table has it."""
    if column not in table.column_names:
        return []
    return sorted(value for value in pc.unique(table[column]).to_pylist() if value is not None)


def _waves(tables: Mapping[str, pa.Table]) -> dict[str, tuple[int, ...]]:
    """{survey: its waves}, sorted, of the tables that have both."""
    found: dict[str, set[int]] = {}
    for table in tables.values():
        if {"survey", "wave"} <= set(table.column_names):
            for row in table.select(["survey", "wave"]).group_by(["survey", "wave"]).aggregate([]).to_pylist():
                if row["survey"] is not None and row["wave"] is not None:
                    found.setdefault(row["survey"], set()).add(row["wave"])
    return {survey: tuple(sorted(waves)) for survey, waves in sorted(found.items())}
