"""The one Dagster resource: the data directory and its build database, held by one run at a time.

Not here: the lock itself (pipelines/warehouse.py) or the paths (pipelines/settings.py).
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import dagster as dg
import duckdb

from pipelines.automation.progress import INDENT
from pipelines.settings import Settings
from pipelines.warehouse import build_lock, open_build


class Workspace(dg.ConfigurableResource):
    """Paths of one data directory. The in-process executor holds its build database from first step to last."""

    data_dir: str
    lock_wait_seconds: float = 1800.0

    @property
    def settings(self) -> Settings:
        return replace(Settings.from_env(), data_dir=Path(self.data_dir))

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Workspace"]:
        with build_lock(self.settings.work, self.lock_wait_seconds, lambda text: context.log.warning(INDENT + text)):
            yield self

    def open_build(self, read_only: bool = False) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return open_build(self.settings.build_db, read_only, self.settings.memory_limit)
