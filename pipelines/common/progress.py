"""What a terminal shows of a run: its phases, one line an asset with layer and seconds, and what is not as promised.

Not here: the summary at the end (pipelines/__main__.py).
"""

import logging
import sys
import time

import dagster as dg

from pipelines.common.terminal import INDENT, show

IS_PROGRESS = "is_progress"  # marks a record of the log that a terminal shows; what libraries log is not
DBT_DURATION = "Execution Duration"
# In the order in which a run makes them: the layers, or single assets, that belong together.
RAW = "raw"
SEEDS = "seeds"
PHASES = (
    (SEEDS, "landing"),
    (RAW,),
    ("staging", "harmonised", "marts"),
    ("indicators",),
    ("reconciliation", "statement_reconciliation"),
    ("published",),
)


def line(layer: str, asset: str, seconds: float, rows: int | None = None) -> str:
    """An asset in one line of progress."""
    counted = "" if rows is None else f"{rows:>12,} rows".replace(",", " ")
    return f"{layer:<12} {asset:<34} {seconds:6.1f} s{counted}"


def tell(context: dg.AssetExecutionContext | dg.InitResourceContext, text: str, level: int = logging.INFO) -> None:
    """Log a line of progress: the terminal shows it below its phase, as well as Dagster's own log."""
    if context.log:  # a resource that is made outside a run has none
        context.log.log(level, text, extra={IS_PROGRESS: True})


def show_line(layer: str, asset: str, seconds: float) -> None:
    """Show a line of progress at once, to the terminal alone: Dagster tells of the asset when it has it."""
    show(INDENT + line(layer, asset, seconds), sys.__stdout__)


def phase_of(key: dg.AssetKey) -> int:
    """The number of the phase that makes an asset, from 1."""
    layer, asset = key.path
    of_asset = [n for n, names in enumerate(PHASES, 1) if asset in names]
    return of_asset[0] if of_asset else next(n for n, names in enumerate(PHASES, 1) if layer in names)


class ProgressHandler(logging.Handler):
    """Prints phases, finished assets, checks that fail and what steps tell(); errors come in the summary.

    `job` tells which assets a step makes.
    """

    def __init__(self, job: dg.JobDefinition | None = None) -> None:
        super().__init__(logging.DEBUG)  # Dagster logs its events at this level
        self._stream = sys.__stdout__  # also while dbt's own output goes to a file
        self._started = time.monotonic()
        self._job = job
        self._phase = 0

    def emit(self, record: logging.LogRecord) -> None:
        meta = getattr(record, "dagster_meta", {})
        event = meta.get("dagster_event")
        if event is None:
            if getattr(record, IS_PROGRESS, False):
                self._show(meta["orig_message"])
        elif event.event_type_value == "STEP_START":
            self._started = time.monotonic()
            self._announce(event)
        elif event.event_type_value == "ASSET_MATERIALIZATION":
            materialization = event.step_materialization_data.materialization
            layer, asset = materialization.asset_key.path
            # dbt's were announced as they came, and the seeds come all at once.
            if DBT_DURATION not in materialization.metadata and layer != SEEDS:
                rows = materialization.metadata.get("dagster/row_count")
                self._show(line(layer, asset, time.monotonic() - self._started, rows and rows.value))
                self._started = time.monotonic()
        elif event.event_type_value == "ASSET_CHECK_EVALUATION":
            check = event.asset_check_evaluation_data
            if not check.passed and check.asset_key.path[0] != RAW:  # what is wrong with a delivery is told already
                why = f": {check.description}" if check.description else ""
                where = f"{check.check_name} on {check.asset_key.to_user_string()}"
                show(f"! check {where}: not passed{why}", self._stream)

    def _show(self, text: str) -> None:
        show(INDENT + text, self._stream)

    def _announce(self, event: dg.DagsterEvent) -> None:
        """Say which phase begins; a step of an earlier one that runs late begins nothing."""
        job, step = self._job, event.node_handle
        assets = job.asset_layer.get_assets_def_for_node(step) if job and step else None
        phase = min(map(phase_of, assets.keys)) if assets else 0
        if phase > self._phase:
            self._phase = phase
            show(f"{phase} of {len(PHASES)}: {', '.join(PHASES[phase - 1])}", self._stream)


@dg.logger(None, description="One line an asset, for a terminal.")
def progress(context: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("progress", logging.DEBUG)
    logger.addHandler(ProgressHandler(context.job_def))
    return logger
