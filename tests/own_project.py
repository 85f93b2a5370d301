"""A copy of the dbt project with seeds of its own: the models as they are, on another survey's rows.

Not here: what the rows are (whoever copies).
"""

import csv
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.common.settings import PROJECT_DIR, Settings
from pipelines.ingest.raw_tables import ensure_tables
from pipelines.transform.program import DBT_EXECUTABLE, make_ready
from pipelines.transform.seeds import load_seeds
from tests.line import environment

Rows = list[dict[str, str]]


@dataclass(frozen=True)
class OwnProject:
    """`folder` holds dbt_project, seeds and, in data, the build database."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> "OwnProject":
        """Copy the project to `folder`, without unit tests, which dbt would only read; make its empty raw tables."""
        ignore = shutil.ignore_patterns("target", "logs", "__pycache__", "_unit_tests*.yml")
        for part in ("dbt_project", "seeds"):
            shutil.copytree(PROJECT_DIR / part, folder / part, ignore=ignore)
        project = cls(folder)
        project.settings.work.mkdir(parents=True)
        with duckdb.connect(str(project.settings.build_db)) as con:
            ensure_tables(con)
        return project

    @classmethod
    def of_seeds(cls, folder: Path) -> "OwnProject":
        """A copy in which dbt finds the seeds and nothing that reads them: it takes most of its time for that."""
        project = cls.create(folder)
        shutil.rmtree(project.dbt_project / "models")
        for test in (project.dbt_project / "tests").glob("*.sql"):
            test.unlink()
        return project

    @property
    def settings(self) -> Settings:
        return Settings(self.folder / "data")

    @property
    def dbt_project(self) -> Path:
        return self.folder / "dbt_project"

    @property
    def environment(self) -> dict[str, str]:
        return {**environment(self.settings.data_dir), **make_ready(self.settings, self.folder / "seeds")}

    def change_seed(self, name: str, change: Callable[[Rows], Rows]) -> None:
        """Replace the rows of a seed, such as 'codebook/question'; a column that a row leaves out is blank."""
        path = self.folder / "seeds" / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows, names = list(reader), list(reader.fieldnames or [])
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(change(rows))

    def build(self, *select: str, **variables: str) -> None:
        """dbt run of these models and what they are made from; the seeds are loaded as a run does, dbt takes longer."""
        with duckdb.connect(str(self.settings.build_db)) as con:
            load_seeds(con, self.folder / "seeds")
        done = subprocess.run(
            [DBT_EXECUTABLE, "--quiet", "run", "--select", *select],
            cwd=self.dbt_project,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            sys.exit(done.stdout + done.stderr)


def note_load(con: duckdb.DuckDBPyConnection, survey: str, wave: int, n_rows: int, is_synthetic: bool = True) -> None:
    """Log a wave in raw.extract_load as if ingest had loaded it."""
    con.execute(
        "insert into raw.extract_load by name select ? as survey, ? as wave, 'none' as file_name, 'none' as sha256, "
        "0 as size_bytes, ? as n_rows, 'none' as reader, timestamp '2026-01-01' as loaded_at, 'loaded' as status, "
        "0 as n_findings, '{}' as provenance, ? as is_synthetic, '' as codebook_fingerprint",
        [survey, wave, n_rows, is_synthetic],
    )
