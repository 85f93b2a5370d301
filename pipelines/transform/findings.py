"""Say in words what dbt found wrong: the promise that is broken, and the first rows that break it.

Not here: which tests there are (dbt_project), or what a finding does to a run (assets.py).
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from pipelines.common.terminal import without_controls

SHOWN_ROWS = 3
WARNED = {"warn"}
BROKEN = {"warn", "fail"}  # of a test that found rows; one that ended in an error has none to show
FAILED = {"error", "fail", "runtime error"}
REFUSED_NULL = re.compile(r"NOT NULL constraint failed: \S+\.(\w+)")


def describe_findings(
    results: Iterable[Mapping[str, Any]], statuses: set[str], manifest: Path, con: duckdb.DuckDBPyConnection
) -> list[str]:
    """One text for each result of dbt's run_results.json with one of `statuses`."""
    found = [result for result in results if result["status"] in statuses]
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"] if found else {}
    return [_describe(result, nodes[result["unique_id"]], con) for result in found]


def _describe(result: Mapping[str, Any], node: Mapping[str, Any], con: duckdb.DuckDBPyConnection) -> str:
    if node["resource_type"] != "test" or result["status"] not in BROKEN:
        return f"{node['name']}: {_message(result, node)}"
    promise = " ".join((node.get("description") or "").split())
    count = result.get("failures")
    rows = _first_rows(result.get("compiled_code"), con)
    return f"{node['name']}: {promise}{' ' if promise else ''}{count} rows break it, the first:\n" + "\n".join(
        f"    {row}" for row in rows
    )


def _message(result: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    """dbt's own words; where a contract refused a blank, what it says of the column as well."""
    message = result.get("message") or result["status"]
    refused = REFUSED_NULL.search(message)
    said = refused and node.get("columns", {}).get(refused[1], {}).get("description")
    return f"{message}\n{refused[1]} may not be blank: {' '.join(said.split())}" if refused and said else message


def _first_rows(code: str | None, con: duckdb.DuckDBPyConnection) -> list[str]:
    """The rows a test's query returns are those that break it."""
    if not code:
        return []
    relation = con.execute(f"select * from ({code}\n) limit {SHOWN_ROWS}")
    names = [column[0] for column in relation.description]
    rows = relation.fetchall()
    return [without_controls(", ".join(f"{n}={v}" for n, v in zip(names, row, strict=True))) for row in rows]
