"""What is made from what: every table, seed and file of the line, and the picture of what one rests on.

Not here: what a table means (the dbt project), and when it is made (Dagster, pipelines/definitions.py).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg

LAYERS = ("sources", "landing", "raw", "seeds", "staging", "harmonised", "marts", "indicators", "published")
SEEDS = "seeds"
ROW, LANE, RADIUS = 22, 10, 5  # of a picture, in pixels
LETTER = 7.3  # how wide a letter of a name is, at most

Id = tuple[str, str]  # layer, name


@dataclass(frozen=True)
class Node:
    """A table, seed or file: `parents` are what it is made from, `nearest` those of them that no other of them
    rests on, `upstream` all that it rests on; `columns` {name: description}."""

    layer: str
    name: str
    description: str
    key: tuple[str, ...]
    columns: Mapping[str, str]
    parents: frozenset[Id]
    nearest: frozenset[Id]
    upstream: frozenset[Id]

    @property
    def id(self) -> Id:
        return self.layer, self.name


def graph(manifest: Mapping[str, Any], specs: Iterable[dg.AssetSpec]) -> dict[Id, Node]:
    """{(layer, name): node}, each after what it is made from: what Dagster makes, as dbt's manifest describes it."""
    known = [*manifest["nodes"].values(), *manifest["sources"].values()]
    told = {
        (SEEDS if node["resource_type"] == "seed" else node["schema"], node["name"]): node
        for node in known
        if node["resource_type"] in ("model", "seed", "source")
    }
    of = {_id(spec.key): spec for spec in specs}
    parents = {at: frozenset(_id(dep.asset_key) for dep in spec.deps) for at, spec in of.items()}
    upstream: dict[Id, frozenset[Id]] = {}
    depth: dict[Id, int] = {}
    nodes = {}
    for at in TopologicalSorter(parents).static_order():
        upstream[at] = parents[at].union(*(upstream[parent] for parent in parents[at]))
        depth[at] = 1 + max((depth[parent] for parent in parents[at]), default=0)
        nearest = frozenset(p for p in parents[at] if not any(p in upstream[other] for other in parents[at]))
        said = told.get(at, {})
        nodes[at] = Node(
            *at,
            said.get("description") or of[at].description or "",
            tuple(said.get("config", {}).get("meta", {}).get("key", ())),
            {column["name"]: column["description"] for column in said.get("columns", {}).values()},
            parents[at],
            nearest,
            upstream[at],
        )
    return {at: nodes[at] for at in sorted(nodes, key=lambda at: (LAYERS.index(at[0]), depth[at], at))}


def _id(key: dg.AssetKey) -> Id:
    layer, name = key.path
    return layer, name


@dataclass(frozen=True)
class Row:
    """A line of a picture: a node, or a layer's name without one. `path` leads to what is made from it, in a `lane`."""

    y: int
    layer: str
    node: Node | None = None
    path: str = ""
    lane: int = 0


@dataclass(frozen=True)
class Picture:
    """Nodes under each other, each after what it is made from; from `left` on the ways from one to another."""

    rows: tuple[Row, ...]
    left: int
    width: int
    height: int


def picture(nodes: Mapping[Id, Node], shown: Collection[Id]) -> Picture:
    """Of the nodes `shown`, which are all that they rest on too; seeds are left out, and ways that longer ones say."""
    drawn = [node for at, node in nodes.items() if at in shown and at[0] != SEEDS]
    titles: list[Row] = []
    y_of: dict[Id, int] = {}
    for node in drawn:
        y = ROW * (len(titles) + len(y_of) + 1)
        if not titles or titles[-1].layer != node.layer:
            titles.append(Row(y, node.layer))
            y += ROW
        y_of[node.id] = y
    ways = {at: [y_of[node.id] for node in drawn if at in node.nearest] for at in y_of}
    lanes = _lanes(y_of, ways)
    left = round(LETTER * (3 + max((len(node.name) for node in drawn), default=0)))
    rows = []
    for node in drawn:
        y, lane = y_of[node.id], lanes.get(node.id, 0)
        rows.append(Row(y, node.layer, node, _path(left, left + LANE * (lane + 1), y, ways[node.id]), lane))
    width = left + LANE * (2 + max(lanes.values(), default=-1))
    return Picture(
        tuple(sorted([*titles, *rows], key=lambda row: row.y)), left, width, ROW * (len(titles) + len(rows) + 1)
    )


def _lanes(y_of: Mapping[Id, int], ways: Mapping[Id, Collection[int]]) -> dict[Id, int]:
    """{node: the lane of its ways}: the nearest to the names that is free from its row to the last one they lead to."""
    ends: list[int] = []
    taken = {}
    for node, y in y_of.items():
        if ways[node]:
            lane = next((lane for lane, end in enumerate(ends) if end <= y), len(ends))
            ends[lane : lane + 1] = [max(ways[node])]
            taken[node] = lane
    return taken


def _path(left: int, x: int, y: int, ends: Collection[int]) -> str:
    """From the row at y out to the lane at x, down it, and in to each of the rows `ends`, as SVG; '' without any."""
    if not ends:
        return ""
    turn = 2 * RADIUS
    out = f"M{left} {y + RADIUS}H{x - RADIUS}q{RADIUS} 0 {RADIUS} {RADIUS}V{max(ends) - turn}"
    return out + "".join(f"M{x} {end - turn}q0 {RADIUS} -{RADIUS} {RADIUS}H{left}" for end in sorted(ends))
