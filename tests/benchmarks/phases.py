"""Where the time of a run goes: from its process's start to its end, as Dagster's history and dbt's results tell.

Not here: running it (line.py).
"""

import json
from datetime import datetime

import dagster as dg

from pipelines.transform.assets import DBT_STEP
from tests.benchmarks.measured import Measured
from tests.line import Line


def phases(line: Line, run: Measured) -> dict[str, float]:
    """{what was done: seconds} of the newest run, in its order; they add up to what the run took."""
    steps = _steps(line)
    nodes = json.loads((line.settings.dbt_target / "run_results.json").read_text(encoding="utf-8"))["results"]
    times = [timing for node in nodes for timing in node["timing"]]
    first = min(_seconds(timing["started_at"]) for timing in times)
    last = max(_seconds(timing["completed_at"]) for timing in times)
    before = next(iter(steps.values()))[0]
    spent = {"starting, reading the project": before - run.started_at}
    for name, (_, ended) in steps.items():
        if name == DBT_STEP:
            spent[f"{name}: before its first node"] = first - before
            spent[f"{name}: its nodes"] = last - first
            spent[f"{name}: after its last node"] = ended - last
        else:
            spent[name] = ended - before
        before = ended
    return spent | {"ending": run.started_at + run.seconds - before}


def _steps(line: Line) -> dict[str, tuple[float, float]]:
    with dg.DagsterInstance.from_config(str(line.settings.dagster_home)) as instance:
        (record,) = instance.get_run_records(limit=1)
        log = instance.all_logs(record.dagster_run.run_id)
    found: dict[str, list[float]] = {}
    for event in log:
        if event.dagster_event and event.dagster_event.event_type_value in ("STEP_START", "STEP_SUCCESS"):
            found.setdefault(str(event.dagster_event.step_key), []).append(event.timestamp)
    return {name: (begun, ended) for name, (begun, ended) in found.items()}


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
