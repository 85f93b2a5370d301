"""The least that a build can take: the compiled SQL of its models and tests, in one DuckDB process and nothing else.

`python -m tests.benchmarks.floor DATA_DIR` runs it on a copy of the build database that a run left there, and prints
its wall-clock and CPU seconds, without those of Python's start and of the copy. A model in Python has no SQL: its table
stays as the run left it, and what it takes is left out.

Not here: what dbt and the line take for the same (line.py).
"""

import importlib.util
import json
import shutil
import sys
import tempfile
import time
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import yaml

from pipelines.common.settings import DBT_PROJECT_DIR, Settings

Node = dict[str, Any]


def main() -> None:
    settings = Settings(Path(sys.argv[1]))
    nodes = json.loads((settings.dbt_target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    results = json.loads((settings.dbt_target / "run_results.json").read_text(encoding="utf-8"))["results"]
    code = {result["unique_id"]: result["compiled_code"] for result in results}
    with tempfile.TemporaryDirectory() as folder:
        # Under its own name: the compiled SQL names tables with that of the database.
        copy = Path(shutil.copy(settings.build_db, Path(folder) / settings.build_db.name))
        started, cpu_started = time.perf_counter(), time.process_time()
        with duckdb.connect(str(copy), config=settings_of_dbt()) as con:
            register_functions(con)
            for node in in_order(nodes):
                if node["unique_id"] in code and node["language"] == "sql":
                    build(con, node, code[node["unique_id"]])
            for name in code:
                if nodes[name]["resource_type"] == "test":
                    con.execute(f"select count(*) from ({code[name]}\n)").fetchall()
        print(time.perf_counter() - started, time.process_time() - cpu_started)


def settings_of_dbt() -> dict[str, str]:
    """How dbt opens the database, but for memory and place, which do not matter for the sample."""
    profile = yaml.safe_load((DBT_PROJECT_DIR / "profiles.yml").read_text(encoding="utf-8"))
    said = profile["digital_tilstand"]["outputs"]["duckdb"]["config_options"]
    return {name: str(value) for name, value in said.items() if "{{" not in str(value)}


def in_order(nodes: dict[str, Node]) -> list[Node]:
    """Each model after those that it reads."""
    reads = {name: node["depends_on"]["nodes"] for name, node in nodes.items() if node["resource_type"] == "model"}
    return [nodes[name] for name in TopologicalSorter(reads).static_order() if name in reads]


def build(con: duckdb.DuckDBPyConnection, node: Node, code: str) -> None:
    kind = "view" if node["config"]["materialized"] == "view" else "table"
    con.execute(f'create or replace {kind} "{node["schema"]}"."{node["alias"]}" as {code}')


def register_functions(con: duckdb.DuckDBPyConnection) -> None:
    """What dbt's plugin adds."""
    path = DBT_PROJECT_DIR / "plugins" / "normal_distribution.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    plugin = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plugin)
    plugin.register(con)


if __name__ == "__main__":
    main()
