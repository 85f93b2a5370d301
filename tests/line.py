"""A data directory on which the tests run the whole line, as a user does: a process of its own.

Not here: what is expected of a run.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.common.published import ORDERS
from pipelines.common.settings import PROJECT_DIR, Settings

TABLES = (
    "count_measures",
    "cross_source_measures",
    "extract_log",
    "fylke_indicators",
    "goal_key_figures",
    "goal_scorecard",
    "indicator_distributions",
    "indicator_groups",
    "international_rankings",
    "itip_indicators",
    "kommune_crosswalk",
    "kommune_indicators",
    "kommune_profile",
    "kommuner",
    "official_statistics",
    "official_statistics_kommuner",
    "panel_sensitivity",
    "reconciliation",
    "scale_break",
    "statement_reconciliation",
    "survey_bridges",
    "survey_changes",
    "survey_composites",
    "survey_composition",
    "survey_estimates",
    "survey_progress",
    "survey_standardised",
    "survey_waves",
    "weight_audit",
)


@dataclass(frozen=True)
class Run:
    """How a run ended, and what it said."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Line:
    """A data directory, and the project that runs on it."""

    data_dir: Path
    project: Path = PROJECT_DIR

    @property
    def settings(self) -> Settings:
        return Settings(self.data_dir)

    def run(self, *arguments: str, **variables: str) -> Run:
        """`python -m pipelines run`, which `make run` calls, with these variables in its environment."""
        done = subprocess.run(
            [sys.executable, "-m", "pipelines", "run", *arguments],
            cwd=self.project,
            env={**environment(self.data_dir), **variables},
            capture_output=True,
            text=True,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def copy(self, to: Path) -> "Line":
        """The same data directory elsewhere, for a test that changes something."""
        shutil.copytree(self.data_dir, to, symlinks=True)
        return Line(to, self.project)

    @property
    def release(self) -> Path:
        """The release in force."""
        return (self.settings.published / "current").resolve(strict=True)

    @property
    def manifest(self) -> dict[str, Any]:
        return json.loads((self.release / "manifest.json").read_text(encoding="utf-8"))

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_parquet(self.release / f"{name}.parquet")

    def tables(self) -> dict[str, pd.DataFrame]:
        return {name: self.table(name) for name in TABLES}

    def extract(self, survey: str, wave: int) -> Path:
        """The data file of a wave in landing/."""
        (file,) = (path for path in (self.settings.landing / survey / str(wave)).iterdir() if path.suffix != ".yml")
        return file

    def in_force(self) -> dict[str, str]:
        """What a reader gets: where `current` leads, and the hash of every file there and of the warehouse."""
        files = [*(p for p in self.release.rglob("*") if p.is_file()), self.settings.warehouse]
        hashes = {str(p.relative_to(self.data_dir)): sha256(p) for p in sorted(files)}
        return {"current": str((self.settings.published / "current").readlink()), **hashes}

    def releases(self) -> list[str]:
        return sorted(p.name for p in (self.settings.published / "releases").iterdir())


def environment(data_dir: Path) -> dict[str, str]:
    """The environment of a user who has set nothing but the data directory."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TILSTAND_", "DBT_", "DAGSTER_", "PYTHONDONTWRITEBYTECODE"))
    }
    return {**kept, "TILSTAND_DATA_DIR": str(data_dir)}


def assert_same_rows(new: pd.DataFrame, old: pd.DataFrame) -> None:
    """Two versions of a published table say the same. What else there is may move a thing's place among its kind,
    and not its order beside those that stayed."""
    orders = [order for order in ORDERS if order.column in old and order.needed <= set(old)]
    places = [order.column for order in orders]
    pd.testing.assert_frame_equal(new.drop(columns=places), old.drop(columns=places), check_exact=True)
    for order in orders:
        of_a_kind = [column for column in (order.survey, order.belongs_to) if column]
        ranks = [
            (table.groupby(of_a_kind)[order.column] if of_a_kind else table[order.column]).rank(method="dense")
            for table in (new, old)
        ]
        pd.testing.assert_series_equal(*ranks)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
