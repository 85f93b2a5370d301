"""What the project uses of libraries that they do not promise to keep: each name, and what would be lost without it.

Not here: what it is used for works (unit/test_dbt_process.py, unit/test_terminal.py, integration).
"""

import ast
import importlib
import re
from collections.abc import Iterator

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster_dbt import DbtCliInvocation, DbtCliResource

from tests.project.test_layering import MODULES, name_of, tree

# What the library names as private, and our class says in its place.
OVERRIDDEN = {
    (DbtCliResource, "_cli_version"): "each build would ask a program for its version first: `env`, which is not dbt",
    (SqliteEventLogStorage, "_connect"): "a file of the history would be opened, waited for and closed at each event",
    (DbtCliResource, "_initialize_dbt_core_adapter"): "each build would load the project into the run's process too",
}
# No private names, and yet not among those that Dagster marks as public.
USED = {
    (dg.DagsterInstance, "from_ref"): "`run` would have to set DAGSTER_HOME to keep its history where the UI looks",
    (dg.DagsterInstance, "report_run_failed"): "a run that was killed would go on for ever in the history",
    (dg.DagsterInstance, "add_run_tags"): "a run of the daemon that was killed would go on for ever in the history",
    (DbtCliInvocation, "stream"): "a run could not hand on what dbt says that it started ahead",
    (dg.Definitions, "resolve_job_def"): "`run` finds its job by it; get_job_def, which is public, only warns before",
    (dg.InitLoggerContext, "job_def"): "progress would not know which assets a step makes, and announce no phases",
    (dg.JobDefinition, "asset_layer"): "progress would not know which assets a step makes, and announce no phases",
    (dg.DagsterEvent, "node_handle"): "progress would not know which assets a step makes, and announce no phases",
    (dg.DagsterEvent, "step_materialization_data"): "progress and summary would know neither rows nor the new release",
    (dg.DagsterEvent, "asset_check_evaluation_data"): "a check that does not pass would not be shown",
    (dg.DagsterEvent, "step_failure_data"): "a failed run would say that it failed, and not why",
    (dg.DagsterEvent, "job_failure_data"): "a run that could not begin would not say why",
}
# Modules with a private name, and names that a library documents as they are.
REACHED_FOR = {
    "automation.history: from dagster._core.instance.ref import InstanceRef",
    "automation.history: from dagster._core.storage.event_log import SqliteEventLogStorage",
    "automation.history: super()._connect",
    "disclosure.read: row._replace",  # Python documents it by this name: a named tuple with other values
    "common.parent: os._exit",  # so it does this, which ends a process at once
    "__main__: os._exit",  # and the command line, once all is done that is done at the end
    "scale.worker: os._exit",  # and one that was forked, which is not to end what it has from the other
}


def private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def classes() -> Iterator[tuple[type, set[str]]]:
    """Each class of the project, and the private names that it defines or finds in itself."""
    for module in MODULES:
        for node in tree(module).body:
            if isinstance(node, ast.ClassDef):
                used = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
                used |= {n.name for n in ast.walk(node) if isinstance(n, ast.FunctionDef)}
                if names := set(filter(private, used)):
                    yield getattr(importlib.import_module(f"pipelines.{name_of(module)}"), node.name), names


@pytest.mark.parametrize(
    ("owner", "name", "lost"),
    [(*used, lost) for used, lost in {**OVERRIDDEN, **USED}.items()],
    ids=[f"{owner.__name__}.{name}" for owner, name in {**OVERRIDDEN, **USED}],
)
def test_name_that_a_library_may_take_back_is_still_there_and_still_used(owner: type, name: str, lost: str) -> None:
    assert hasattr(owner, name), f"{owner.__module__} has no {owner.__name__}.{name} any more; without it, {lost}"
    users = [name_of(m) for m in MODULES if re.search(rf"\b{name}\b", m.read_text(encoding="utf-8"))]
    assert users, f"nobody uses {owner.__name__}.{name}: take it off the list"


def test_no_other_private_name_of_a_library_is_used_in_a_class_made_from_it() -> None:
    found = {
        (base, name)
        for made, names in classes()
        for base in made.__mro__[1:]
        for name in names & set(vars(base))
        if not base.__module__.startswith("pipelines.")
    }
    assert found == set(OVERRIDDEN)


def test_nobody_reaches_for_a_private_name_of_another() -> None:
    reached = []
    for module in MODULES:
        for node in ast.walk(tree(module)):
            names = []
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) not in {"self", "cls"}:
                names = [node.attr]
            elif isinstance(node, ast.ImportFrom):
                names = [*node.module.split("."), *(alias.name for alias in node.names)]
            if any(map(private, names)):
                reached.append(f"{name_of(module)}: {ast.unparse(node)}")
    assert set(reached) == REACHED_FOR
