"""The one Dagster resource: the data directory and its build database, held by one run at a time.

Not here: the lock, and what makes a database unusable (warehouse.py), and paths (settings.py).
"""

import logging
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from pipelines.common.process import of_this_process
from pipelines.common.progress import tell
from pipelines.common.settings import Settings
from pipelines.common.warehouse import (
    build_lock,
    ensure_usable,
    forget_as_left,
    is_open_to_others,
    keep_private,
    note_as_left,
    open_build,
)
from pipelines.common.work_version import ensure_version

RAW = "raw"  # what landing/ cannot always give back; all else in the build database is made from it in each run


class Workspace(dg.ConfigurableResource[Any]):
    """Paths of one data directory. The in-process executor holds its build database from first step to last."""

    data_dir: str
    lock_wait_seconds: float = 1800.0

    @property
    def settings(self) -> Settings:
        return replace(Settings.from_env(), data_dir=Path(self.data_dir))

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Workspace"]:
        _note_process(context)
        settings = self.settings
        warn = partial(tell, context, level=logging.WARNING)
        with build_lock(settings.work, self.lock_wait_seconds, warn):
            keep_private(settings.work)
            ensure_version(settings.build_db, warn)
            ensure_usable(settings.build_db, settings.memory_limit, RAW, warn)
            if is_open_to_others(settings.landing):
                mode = stat.S_IMODE(settings.landing.stat().st_mode)
                warn(f"landing/ is open to others ({mode:03o}); it may hold ids in clear: chmod 700 {settings.landing}")
            try:
                yield self
            finally:
                # What made a step fail may be the database: the next run reads it before it uses it.
                note = forget_as_left if _has_failed(context) else note_as_left
                note(settings.build_db)
                keep_private(settings.work)

    def open_build(self, read_only: bool = False) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return open_build(self.settings.build_db, read_only, self.settings.memory_limit)


def _note_process(context: dg.InitResourceContext) -> None:
    """Note on a run which process it is, whoever started it: a repeated one has the tags of the run before it."""
    if context.instance is None or context.run is None:  # made outside a run
        return
    if own := dict(of_this_process().items() - context.run.tags.items()):
        context.instance.add_run_tags(context.run.run_id, own)


def _has_failed(context: dg.InitResourceContext) -> bool:
    """Whether a step failed of the run that a resource is made for."""
    if context.instance is None or context.run is None:  # made outside a run
        return False
    of_type = dg.DagsterEventType.STEP_FAILURE
    return bool(context.instance.get_records_for_run(context.run.run_id, of_type=of_type, limit=1).records)
