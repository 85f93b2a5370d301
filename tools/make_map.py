"""Make the outlines that maps of the report are drawn from, from a TopoJSON of kommuner: projected, coarse.

Not here: drawing. Needed once for each division of the country; its year and source are given, and end up in the file.
"""

import argparse
import json
import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

Point = tuple[float, float]
# Lambert's conformal conic projection for Norway: the parallels that are true, the middle, the origin. Degrees.
PARALLELS, MERIDIAN, ORIGIN = (58.0, 72.0), 15.0, 65.0
WIDTH = 640  # of the picture, in whole steps
SMALLEST = 4  # twice the area, in steps, of a part that is still drawn


def projected(longitude: float, latitude: float) -> Point:
    """Degrees to units of the radius of the Earth, x to the east and y to the south."""
    one, two = (math.radians(parallel) for parallel in PARALLELS)
    tangent = [math.tan(math.pi / 4 + angle / 2) for angle in (one, two, math.radians(ORIGIN), math.radians(latitude))]
    n = math.log(math.cos(one) / math.cos(two)) / math.log(tangent[1] / tangent[0])
    scale = math.cos(one) * tangent[0] ** n / n
    radius, origin, angle = scale / tangent[3] ** n, scale / tangent[2] ** n, n * math.radians(longitude - MERIDIAN)
    return radius * math.sin(angle), -(origin - radius * math.cos(angle))


def arcs_of(topology: dict[str, Any]) -> list[list[Point]]:
    """The shared borders, projected."""
    (kx, ky), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    found = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append(projected(x * kx + tx, y * ky + ty))
        found.append(points)
    return found


def on_grid(arcs: list[list[Point]]) -> list[list[tuple[int, int]]]:
    """On whole steps, and no step twice: both sides of a border get the same."""
    xs, ys = [x for arc in arcs for x, _ in arc], [y for arc in arcs for _, y in arc]
    step = (max(xs) - min(xs)) / WIDTH
    found = []
    for arc in arcs:
        points = [(round((x - min(xs)) / step), round((y - min(ys)) / step)) for x, y in arc]
        found.append([point for place, point in enumerate(points) if not place or point != points[place - 1]])
    return found


def rings(geometry: dict[str, Any], arcs: list[list[tuple[int, int]]]) -> Iterator[list[tuple[int, int]]]:
    """The closed lines of a kommune that are more than a point or a stroke; the largest at least, however small."""
    polygons = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]
    lines = [
        [point for arc in ring for point in (arcs[arc] if arc >= 0 else arcs[~arc][::-1])]
        for p in polygons
        for ring in p
    ]
    closed = [[point for place, point in enumerate(line) if not place or point != line[place - 1]] for line in lines]
    areas = [abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(line))) for line in closed]
    for line, area in zip(closed, areas, strict=True):
        if area > SMALLEST or area == max(areas):
            yield line


def path(line: list[tuple[int, int]]) -> str:
    """A closed line as SVG has it, each point from the one before."""
    steps = ((b[0] - a[0], b[1] - a[1]) for a, b in pairwise(line[:-1]))
    return f"M{line[0][0]} {line[0][1]}l" + " ".join(f"{x} {y}" for x, y in steps).replace(" -", "-") + "z"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("topojson", type=Path)
    parser.add_argument("to", type=Path)
    parser.add_argument("--source", required=True, help="whose the boundaries are, and their licence")
    told = parser.parse_args()
    topology = json.loads(told.topojson.read_text(encoding="utf-8"))
    (objects,) = topology["objects"].values()
    arcs = on_grid(arcs_of(topology))
    outlines = {g["properties"]["code"]: "".join(path(line) for line in rings(g, arcs)) for g in objects["geometries"]}
    width, height = (max(point[i] for arc in arcs for point in arc) for i in (0, 1))
    said = {"source": told.source, "width": width, "height": height, "kommuner": dict(sorted(outlines.items()))}
    text = json.dumps(said, ensure_ascii=False, indent=0)
    told.to.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
