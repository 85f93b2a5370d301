"""What a terminal shows of a run: one line an asset, with layer and seconds, and what is not as promised.

Not here: the summary at the end (pipelines/__main__.py).
"""

import logging
import sys
import time

import dagster as dg

DBT_DURATION = "Execution Duration"
INDENT = "  "  # what a step logs with it is a line of progress; libraries' remarks do not have it


def line(layer: str, asset: str, seconds: float, rows: int | None = None) -> str:
    """One line of progress."""
    counted = "" if rows is None else f"{rows:>12,} rows".replace(",", " ")
    return f"{INDENT}{layer:<12} {asset:<34} {seconds:6.1f} s{counted}"


class ProgressHandler(logging.Handler):
    """Prints finished assets, checks that fail and what a step marks with INDENT; errors come in the summary."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)  # Dagster logs its events at this level
        self._stream = sys.__stdout__  # also while dbt's own output goes to a file
        self._started = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        meta = getattr(record, "dagster_meta", {})
        event = meta.get("dagster_event")
        if event is None:
            said = meta.get("orig_message", "")
            if said.startswith(INDENT):
                self._print(said)
        elif event.event_type_value == "STEP_START":
            self._started = time.monotonic()
        elif event.event_type_value == "ASSET_MATERIALIZATION":
            materialization = event.step_materialization_data.materialization
            if DBT_DURATION not in materialization.metadata:  # dbt's were announced as they came
                layer, asset = materialization.asset_key.path
                rows = materialization.metadata.get("dagster/row_count")
                self._print(line(layer, asset, time.monotonic() - self._started, rows and rows.value))
                self._started = time.monotonic()
        elif event.event_type_value == "ASSET_CHECK_EVALUATION":
            check = event.asset_check_evaluation_data
            if not check.passed:
                why = f": {check.description}" if check.description else ""
                self._print(f"! check {check.check_name} on {check.asset_key.to_user_string()}: not passed{why}")

    def _print(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


@dg.logger(description="One line an asset, for a terminal.")
def progress(_: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("progress", logging.DEBUG)
    logger.addHandler(ProgressHandler())
    return logger
