"""Say why a run failed, in words for those who delivered the data or look after the run.

Not here: telling them (notify.py, pipelines/__main__.py).
"""

from collections.abc import Iterable
from typing import Any

import dagster as dg

from pipelines.common.memory import with_advice
from pipelines.common.terminal import shortened


def failure_texts(events: Iterable[dg.DagsterEvent]) -> list[str]:
    """One text for each step that failed; where none began to, one for what kept the run from starting.

    Long lists are shortened: in Dagster, and in report.csv, they stand in full.
    """
    events = list(events)
    steps = [event for event in events if event.is_step_failure]
    if steps:
        return [with_advice(shortened(f"{event.step_key}: {_step_text(event)}")) for event in steps]
    runs = [event for event in events if event.event_type == dg.DagsterEventType.PIPELINE_FAILURE]
    return [with_advice(_innermost(event.job_failure_data.error) or event.message or "") for event in runs]


def was_told_to_end(events: Iterable[dg.DagsterEvent]) -> bool:
    """Whether a run failed for no other reason than that its process was told to end."""
    failed = [event.step_failure_data.error for event in events if event.is_step_failure]
    return any(error and error.cls_name == dg.DagsterExecutionInterruptedError.__name__ for error in failed)


def _step_text(event: dg.DagsterEvent) -> str:
    """A declared failure's description, else the innermost error's message."""
    data = event.step_failure_data
    if data.user_failure_data and data.user_failure_data.description:
        return data.user_failure_data.description
    return _innermost(data.error)


def _innermost(error: Any) -> str:
    """The message of the error that began it, as Dagster records one; '' where there is none.

    The project's own errors need no class.
    """
    if error is None:
        return ""
    while error.cause:
        error = error.cause
    message = str(error.message).strip()
    name, _, text = message.partition(": ")
    return text if name.startswith("pipelines.") else message
