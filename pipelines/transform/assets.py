"""The Dagster assets of dbt: seeds, staging, harmonised and marts, with dbt's tests as checks.

Not here: SQL, or how the manifest is kept (manifest.py).
"""

import contextlib
import importlib.metadata
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NoReturn

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, dbt_assets
from packaging.version import Version

from pipelines.common.metadata import table_metadata
from pipelines.common.progress import DBT_DURATION, line, tell
from pipelines.common.settings import DBT_PROJECT_DIR, Settings
from pipelines.common.workspace import Workspace
from pipelines.transform.findings import FAILED, WARNED, describe_findings
from pipelines.transform.last_words import LastWords, how_it_ended
from pipelines.transform.program import DBT_EXECUTABLE, make_ready

DBT_STEP = "dbt_build"
RESULTS: Final = "run_results.json"
# Unit tests are about the code, not the data: `make test` runs them.
BUILD = ["build", "--exclude-resource-type", "unit_test"]


class Translator(DagsterDbtTranslator):
    """Asset keys are [layer, table]; groups are the layers."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return str(dbt_resource_props["schema"])


class Dbt(DbtCliResource):
    """dbt-core of this environment. Both names belong to the library: tests/project/test_library_internals.py."""

    @cached_property
    def _cli_version(self) -> Version:
        """Known without asking: the library starts a process for it, with dbt as long as a third of the whole build."""
        return Version(importlib.metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:
        """None: the library would import dbt into this process for column metadata that table_metadata() gives."""


def ready_dbt(settings: Settings) -> Dbt:
    """dbt on this project and data directory, to be started once.

    `env` starts it: the library hands on the environment of this process, and takes nothing beside it.
    """
    variables = [f"{name}={value}" for name, value in make_ready(settings).items()]
    return Dbt(
        project_dir=str(DBT_PROJECT_DIR),
        profiles_dir=str(DBT_PROJECT_DIR),
        dbt_executable="env",
        global_config_flags=[*variables, DBT_EXECUTABLE],
    )


def build_dbt_assets(manifest: Path) -> dg.AssetsDefinition:
    """One Dagster asset for every seed and model of the manifest, built by one dbt invocation."""

    @dbt_assets(manifest=manifest, dagster_dbt_translator=Translator(), name=DBT_STEP)
    def dbt_tables(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[Any]:
        settings = workspace.settings
        # What an earlier run found says nothing of this one, should dbt end before it writes down anything.
        (settings.dbt_target / RESULTS).unlink(missing_ok=True)
        dbt = ready_dbt(settings)
        run = dbt.cli(BUILD, context=context, target_path=settings.dbt_target, raise_on_error=False)
        # dbt holds the build database until it ends; what Dagster shows of the tables is read after that.
        outputs = []
        last_words = LastWords(sys.stdout)
        with contextlib.redirect_stdout(last_words):
            for event in run.stream():
                if not isinstance(event, dg.Output):
                    yield event
                    continue
                outputs.append(event)
                layer, name = context.asset_key_for_output(event.output_name).path
                tell(context, line(layer, name, event.metadata[DBT_DURATION].value))  # type: ignore[arg-type]
        if not (settings.dbt_target / RESULTS).exists():
            _stop([how_it_ended(run.process.wait()), *last_words.lines])
        with workspace.open_build(read_only=True) as con:
            for output in outputs:
                schema, name = context.asset_key_for_output(output.output_name).path
                yield output.with_metadata({**output.metadata, **table_metadata(con, schema, name)})
            results = run.get_artifact(RESULTS)["results"]
            for text in describe_findings(results, WARNED, manifest, con):
                tell(context, f"! {text}")
            failed = describe_findings(results, FAILED, manifest, con)
        if failed or not run.is_successful():
            _stop(failed or last_words.lines)

    return dbt_tables


def _stop(why: Iterable[str]) -> NoReturn:
    raise dg.Failure("\n".join(["dbt stopped the run; nothing was published.", *why]), allow_retries=False)
