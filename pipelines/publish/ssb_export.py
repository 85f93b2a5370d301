"""Copy a release's tables under the names that Statistics Norway's standard gives files: <name>_p<period>_v<N>.parquet.

Not here: the folder's own levels (short name of the statistic, state of the data), which whoever exports chooses.
Source: Navnestandard, Dapla-manualen (manual.dapla.ssb.no), section on names of files.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.common.seeds import read_seed
from pipelines.publish.manifest import verify
from pipelines.publish.tables import file_hash


@dataclass(frozen=True)
class Exported:
    """Where a table lies now; it `is_new` unless the same content was there already."""

    path: Path
    is_new: bool


def export_ssb(release: Path, folder: Path) -> list[Exported]:
    """Each table as the next version of its name, or none where the last version has the same content.

    A file that is there is never written to. Raises BrokenReleaseError where the release is not whole, OSError where
    the folder cannot be written to.
    """
    tables = [release / entry["path"] for entry in verify(release)["tables"]]
    years = {path: set(_years(path)) for path in tables}
    # What tells of no year, and what is empty, is of the years that the release is of.
    whole = set().union(*years.values())
    folder.mkdir(parents=True, exist_ok=True)
    return [_export(path, f"{path.stem}{_period(years[path] or whole)}", folder) for path in tables]


def _years(path: Path) -> Iterator[int]:
    told = {row["column_name"] for row in read_seed("published_column") if row["is_time"] == "true"}
    columns = [name for name in pq.read_schema(path).names if name in told]
    for column in pq.read_table(path, columns=columns).columns:
        yield from pc.unique(column.drop_null()).to_pylist()


def _period(years: set[int]) -> str:
    """_p2022, _p2018_p2022 for a range, nothing where no year is known."""
    return "".join(f"_p{year}" for year in sorted({min(years), max(years)})) if years else ""


def _export(table: Path, name: str, folder: Path) -> Exported:
    version = re.compile(rf"{re.escape(name)}_v([0-9]+)\.parquet")
    there = {int(found[1]): path for path in folder.iterdir() if (found := version.fullmatch(path.name))}
    last = max(there, default=0)
    if last and file_hash(there[last]) == file_hash(table):
        return Exported(there[last], False)
    target = folder / f"{name}_v{last + 1}.parquet"
    with target.open("xb") as file:  # fails where someone else was faster
        try:
            with table.open("rb") as content:
                shutil.copyfileobj(content, file)
        except OSError:
            target.unlink()
            raise
    return Exported(target, True)
