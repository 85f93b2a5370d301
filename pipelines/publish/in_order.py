"""Whether a release is of one state of the data: each table made after what it is made from, and of the loads in use.

Not here: who knows when something was made (assets.py asks Dagster's history).
"""

from collections.abc import Collection, Iterable, Mapping
from graphlib import TopologicalSorter

from pipelines.common.in_force import Input

ALL_IN_ORDER = "run the job `main`, which makes all in order"


def not_in_order(made_from: Mapping[str, Collection[str]], made: Mapping[str, int]) -> str:
    """Why nothing is published, and what to make anew; '' where all was made in order.

    `made_from` says of each asset from which others it is made, and `made` when that was, as a number that grows.
    """
    if unknown := sorted(made_from.keys() - made.keys()):
        return _listed(
            f"Nothing was published: Dagster's history does not know when these were made; {ALL_IN_ORDER}:", unknown
        )
    before = {name: [p for p in parents if p in made_from] for name, parents in made_from.items()}
    anew: list[str] = []
    for name in TopologicalSorter(before).static_order():
        if any(parent in anew or made[parent] > made[name] for parent in before[name]):
            anew.append(name)
    if not anew:
        return ""
    return _listed(
        "Nothing was published: these were made before something that they are made from. Materialize them together, "
        f"and what is downstream of them, or {ALL_IN_ORDER}:",
        anew,
    )


def other_loads(in_use: Iterable[Input], built: Iterable[Input]) -> str:
    """Why nothing is published where other files are in use than the log of the release would name; '' where not."""
    files = {*in_use} ^ {*built}
    if not files:
        return ""
    return _listed(
        "Nothing was published: of these files the release would not say what it is made from, since they were loaded, "
        f"changed or taken out after its tables were made; {ALL_IN_ORDER}:",
        sorted({i.path for i in files}),
    )


def _listed(problem: str, names: Iterable[str]) -> str:
    return "\n".join([problem, *(f"- {name}" for name in names)])
