"""The Dagster assets of the seeds, judged and loaded, and of dbt: staging, harmonised and marts, dbt's tests as checks.

Not here: SQL, or how the manifest is kept (manifest.py), and what makes a seed wrong (pipelines/seed_rules.py).
"""

import contextlib
import importlib.metadata
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NoReturn

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliInvocation, DbtCliResource, dbt_assets
from packaging.version import Version

from pipelines.common.metadata import table_metadata
from pipelines.common.progress import DBT_DURATION, SEEDS, show_line, tell
from pipelines.common.seed_check.check import in_short
from pipelines.common.seed_check.tables import Finding
from pipelines.common.settings import DBT_PROJECT_DIR, Settings
from pipelines.common.terminal import INDENT, show
from pipelines.common.workspace import Workspace
from pipelines.scale.told import CELLS, DESIGN, MARK, numbers_of
from pipelines.transform.findings import FAILED, WARNED, describe_findings
from pipelines.transform.last_words import LastWords, how_it_ended
from pipelines.transform.program import DBT_EXECUTABLE, DbtAhead, make_ready
from pipelines.transform.seeds import load_seeds

DBT_STEP = "dbt_build"
DBT_VERSION = Version(importlib.metadata.version("dbt-core"))
RESULTS: Final = "run_results.json"
# Unit tests are about the code, not the data: `make test` runs them.
BUILD = ["build", "--exclude-resource-type", "unit_test"]
MODELS = "resource_type:model"  # with every test that reads one
AS_DECLARED = "rows_are_as_declared"
STEPS = {"harmonised_shard_design": DESIGN, "harmonised_shard_cells": CELLS}  # models that count shards
ENDS_WITHIN = 3.0  # seconds for dbt, once the run is told to end


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
        return DBT_VERSION

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:
        """None: the library would import dbt into this process for column metadata that table_metadata() gives."""


def build_seed_assets(manifest: Path, mistakes: Callable[[], Sequence[Finding]]) -> dg.AssetsDefinition:
    """One Dagster asset for every seed of the manifest, with a check that holds what `mistakes` says of its file.

    All are loaded, or none where there is a mistake: the run stops there.
    """
    nodes = json.loads(manifest.read_text(encoding="utf-8"))
    seeds = sorted(name for name, node in nodes["nodes"].items() if node["resource_type"] == "seed")
    specs = [Translator().get_asset_spec(nodes, name, project=None) for name in seeds]

    @dg.multi_asset(
        name=SEEDS,
        specs=specs,
        check_specs=[
            dg.AssetCheckSpec(
                AS_DECLARED,
                asset=spec.key,
                description="Types, keys, references and values as its yml declares, and every rule of `check-seeds`.",
            )
            for spec in specs
        ],
    )
    def seed_tables(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[Any]:
        found = mistakes()
        for spec in specs:
            told = [str(mistake) for mistake in found if Path(mistake.file).stem == spec.key.path[-1]]
            yield dg.AssetCheckResult(
                asset_key=spec.key,
                check_name=AS_DECLARED,
                passed=not told,
                metadata={"mistakes": dg.MetadataValue.text("\n".join(told) or "none")},
            )
        if found:
            raise dg.Failure(f"{in_short(found)}\nNothing was built.", allow_retries=False)
        with workspace.open_build() as con:
            load_seeds(con)
            for spec in specs:
                yield dg.MaterializeResult(asset_key=spec.key, metadata=table_metadata(con, *spec.key.path))
        tell(context, f"{len(specs)} seeds, judged and loaded")

    return seed_tables


def build_dbt_assets(manifest: Path) -> dg.AssetsDefinition:
    """One Dagster asset for every model of the manifest, built by one dbt invocation with the tests that read one."""

    @dbt_assets(manifest=manifest, dagster_dbt_translator=Translator(), name=DBT_STEP, select=MODELS)
    def dbt_tables(
        context: dg.AssetExecutionContext, workspace: Workspace, ahead: dg.ResourceParam[DbtAhead | None]
    ) -> Iterator[Any]:
        settings = workspace.settings
        # What an earlier run found says nothing of this one, should dbt end before it writes down anything.
        (settings.dbt_target / RESULTS).unlink(missing_ok=True)
        if ahead and not context.is_subset:
            run = _going_on(ahead, settings, context, json.loads(manifest.read_bytes()))
        else:
            run = _started(settings, context)
        # dbt holds the build database until it ends; what Dagster shows of the tables is read after that.
        outputs = []
        last_words = LastWords(sys.stdout, _show_shards)
        with contextlib.redirect_stdout(last_words), _ended_with_the_run(run):
            for event in run.stream():
                if not isinstance(event, dg.Output):
                    yield event
                    continue
                outputs.append(event)
                layer, name = context.asset_key_for_output(event.output_name).path
                show_line(layer, name, event.metadata[DBT_DURATION].value)  # type: ignore[arg-type]
        if not (settings.dbt_target / RESULTS).exists():
            _stop([how_it_ended(run.process.wait()), *last_words.lines])
        with workspace.open_build(read_only=True) as con:
            for output in outputs:
                schema, name = context.asset_key_for_output(output.output_name).path
                of_shards = numbers_of(settings.shards, STEPS[name]) if name in STEPS else {}
                yield output.with_metadata({**output.metadata, **table_metadata(con, schema, name), **of_shards})
            results = run.get_artifact(RESULTS)["results"]
            for text in describe_findings(results, WARNED, manifest, con):
                tell(context, f"! {text}")
            failed = describe_findings(results, FAILED, manifest, con)
        if failed or not run.is_successful():
            _stop(failed or last_words.lines)

    return dbt_tables


def _show_shards(line: str) -> None:
    """Show at once how far the work on shards has come."""
    if line.startswith(MARK):
        show(INDENT + line, sys.__stdout__)


@contextlib.contextmanager
def _ended_with_the_run(run: DbtCliInvocation) -> Iterator[None]:
    """Where the run is told to end, dbt is as well, and does not take its time: nothing half done is left of it."""
    run.termination_timeout_seconds = ENDS_WITHIN
    try:
        yield
    except subprocess.TimeoutExpired:
        run.process.kill()
        run.process.wait()
        raise dg.DagsterExecutionInterruptedError from None


def _started(settings: Settings, context: dg.AssetExecutionContext) -> DbtCliInvocation:
    """dbt, started now, building what the run selects of its assets.

    `env` starts it: the library hands on the environment of this process, and takes nothing beside it.
    """
    variables = [f"{name}={value}" for name, value in make_ready(settings).items()]
    dbt = Dbt(
        project_dir=str(DBT_PROJECT_DIR),
        profiles_dir=str(DBT_PROJECT_DIR),
        dbt_executable="env",
        global_config_flags=[*variables, DBT_EXECUTABLE],
    )
    return dbt.cli(BUILD, context=context, target_path=settings.dbt_target, raise_on_error=False)


def _going_on(
    ahead: DbtAhead, settings: Settings, context: dg.AssetExecutionContext, manifest: Mapping[str, Any]
) -> DbtCliInvocation:
    """dbt that has read the project already, building all."""
    return DbtCliInvocation(
        process=ahead.go_on([*BUILD, "--select", MODELS]),
        manifest=manifest,
        dagster_dbt_translator=Translator(),
        project_dir=DBT_PROJECT_DIR,
        target_path=settings.dbt_target,
        raise_on_error=False,
        cli_version=DBT_VERSION,
        context=context,
    )


def _stop(why: Iterable[str]) -> NoReturn:
    raise dg.Failure("\n".join(["dbt stopped the run; nothing was published.", *why]), allow_retries=False)
