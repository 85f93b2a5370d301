"""JSON-stat 2.0 of a release: the estimates of each survey, and the indicators of the kommuner in each division.

Not here: any label. They stand in the tables, but for those of what a number measures.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.publish.synthetic import NOTE
from pipelines.publish.tables import write_plain_if_small

FOLDER = "json-stat"
BETWEEN = "|"  # the parts of an id
TIME, METRIC, SUPPRESSED = "wave", "metric", "is_suppressed"
# The signs of Statistics Norway's tables.
HIDDEN, MISSING = ":", ".."
STATUS_NB = {HIDDEN: "Skjult av personvernhensyn", MISSING: "Mangler, eller gir ikke mening"}
STATUS_EN = {HIDDEN: "Hidden for privacy", MISSING: "Missing or not applicable"}
NOTES = (
    "null uten status: tabellen har ingen slik rad. / null without a status: the table has no such row.",
    "Skala og enhet av hvert mål: extension.scale. / Scale and unit of each measure: extension.scale.",
)
METRICS = {
    "estimate": ("Estimat", "Estimate"),
    "ci_lower": ("Konfidensintervall, nedre grense", "Confidence interval, lower limit"),
    "ci_upper": ("Konfidensintervall, øvre grense", "Confidence interval, upper limit"),
    "n_answers": ("Antall svar", "Number of answers"),
    "score": ("Score", "Score"),
    "value": ("Verdi", "Value"),
}


@dataclass(frozen=True)
class Dimension:
    """One dimension: the columns that make its ids, those that label them (without _nb and _en), and the order."""

    name: str
    titles: tuple[str, str]  # in Norwegian and English
    ids: tuple[str, ...]
    labels: tuple[str, ...]
    order: tuple[str, ...]
    role: str = ""


@dataclass(frozen=True)
class Cube:
    """What becomes a file for each value of the column `split`."""

    table: str
    split: str
    titles: tuple[str, str]
    dimensions: tuple[Dimension, ...]
    metrics: tuple[str, ...]


WAVES = Dimension(TIME, ("År", "Year"), (TIME,), (TIME,), (TIME,), "time")
CUBES = (
    Cube(
        "survey_estimates",
        "survey",
        ("Estimater", "Estimates"),
        (
            Dimension(
                "measure",
                ("Mål", "Measure"),
                ("population", "question_id", "statistic", "answer"),
                ("population", "question", "statistic", "answer"),
                ("question_no", "population", "statistic", "answer_no", "answer"),
            ),
            Dimension(
                "group",
                ("Gruppe", "Group"),
                ("breakdown", "category"),
                ("breakdown", "category"),
                ("breakdown_no", "breakdown", "category_no", "category"),
            ),
            WAVES,
        ),
        ("estimate", "ci_lower", "ci_upper", "n_answers"),
    ),
    Cube(
        "kommune_indicators",
        "division_year",
        ("Indikatorer for kommunene, inndelingen i", "Indicators of the kommuner, in the division of"),
        (
            Dimension("kommune", ("Kommune", "Kommune"), ("kommunenr",), ("kommunenavn",), ("kommunenr",), "geo"),
            Dimension("indicator", ("Indikator", "Indicator"), ("indicator",), ("indicator",), ("indicator_no",)),
            WAVES,
        ),
        ("score", "value"),
    ),
)


def write_json_stat(release: Path, tables: dict[str, pa.Table]) -> None:
    """json-stat/<table>_<part>.json, a dataset with every number of that part. Raises ValueError where two rows of a
    table would stand in one cell.
    """
    (release / FOLDER).mkdir()
    for cube in CUBES:
        if cube.table in tables:
            table = tables[cube.table]
            for part in pc.unique(table[cube.split]).to_pylist():
                made = dataset(cube, part, table.filter(pc.equal(table[cube.split], part)))
                text = json.dumps(made, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
                write_plain_if_small(text.encode(), release / FOLDER / f"{cube.table}_{part}.json")


def dataset(cube: Cube, part: object, table: pa.Table) -> dict[str, Any]:
    """The rows of one part as JSON-stat: `value` has a cell for each combination, row-major, the metric last."""
    frame = _frame(cube, table)
    sides = [_Side(dimension, frame) for dimension in cube.dimensions]
    size = [*(len(side.ids) for side in sides), len(cube.metrics)]
    places = np.ravel_multi_index([side.places for side in sides], size[:-1]) if len(frame) else np.array([], int)
    if len(np.unique(places)) < len(places):
        raise ValueError(f"{cube.table}, {cube.split} {part}: two rows have the same {[side.name for side in sides]}")
    values, status = _cells(cube.metrics, table, places, int(np.prod(size)))
    is_synthetic = bool(pc.any(table["is_synthetic"]).as_py())
    mark = ("SYNTETISK: ", "SYNTHETIC: ") if is_synthetic else ("", "")
    roles = {side.role: [side.name] for side in sides if side.role}
    return {
        "version": "2.0",
        "class": "dataset",
        "label": f"{mark[0]}{cube.titles[0]} {part}",
        "source": "digital-tilstand",
        "note": [*([" / ".join(NOTE.values())] if is_synthetic else []), *NOTES],
        "role": {**roles, "metric": [METRIC]},
        "id": [*(side.name for side in sides), METRIC],
        "size": size,
        "dimension": {**{side.name: side.as_json for side in sides}, METRIC: _metrics(cube.metrics)},
        "value": values.tolist(),
        "status": status,
        "extension": {
            "label_en": f"{mark[1]}{cube.titles[1]} {part}",
            "table": cube.table,
            "is_synthetic": is_synthetic,
            "status_label": STATUS_NB,
            "status_label_en": STATUS_EN,
            **_scales(sides[0], frame),
        },
    }


def _cells(
    metrics: Sequence[str], table: pa.Table, places: np.ndarray, n_cells: int
) -> tuple[np.ndarray, dict[str, str]]:
    """The numbers of all cells, None where there is none, and {cell: why} for those of them that have a row."""
    values = np.full(n_cells, None, dtype=object)
    is_hidden = np.zeros(len(places), bool)
    if SUPPRESSED in table.column_names:
        is_hidden = table[SUPPRESSED].to_numpy().astype(bool)
    status: dict[int, str] = {}
    for n, metric in enumerate(metrics):
        cells = places * len(metrics) + n
        values[cells] = table[metric].to_pylist()
        is_null = table[metric].is_null().to_numpy()
        status |= dict.fromkeys(cells[is_null & is_hidden].tolist(), HIDDEN)
        status |= dict.fromkeys(cells[is_null & ~is_hidden].tolist(), MISSING)
    return values, {str(cell): status[cell] for cell in sorted(status)}


def _frame(cube: Cube, table: pa.Table) -> pd.DataFrame:
    """The columns that ids, labels, order and scales are made of."""
    wanted = {"scale"}
    for dimension in cube.dimensions:
        wanted |= {*dimension.ids, *dimension.order}
        wanted |= {label + ending for label in dimension.labels for ending in ("", "_nb", "_en")}
    return table.select([name for name in table.column_names if name in wanted]).to_pandas()


class _Side:
    """A dimension of a dataset: its ids in order, and the place of every row among them."""

    def __init__(self, dimension: Dimension, frame: pd.DataFrame) -> None:
        self.name, self.role, self._titles = dimension.name, dimension.role, dimension.titles
        row_ids = _joined(frame, dimension.ids, BETWEEN)
        # What was last said of a thing is its label.
        latest = frame.assign(row_id=row_ids).sort_values(TIME, kind="stable").drop_duplicates("row_id", keep="last")
        self.things = latest.sort_values(list(dimension.order), na_position="first")
        self.ids = self.things["row_id"].tolist()
        self.places = pd.Index(self.ids).get_indexer(row_ids)
        self._labels = [_labels(self.things, dimension.labels, ending) for ending in ("_nb", "_en")]

    @property
    def as_json(self) -> dict[str, Any]:
        nb, en = (dict(zip(self.ids, labels, strict=True)) for labels in self._labels)
        extension = {"label_en": self._titles[1], "category_label_en": en}
        return {"label": self._titles[0], "category": {"index": self.ids, "label": nb}, "extension": extension}


def _labels(frame: pd.DataFrame, stems: Sequence[str], ending: str) -> list[str]:
    """Labels in one language; what has none is named by its id."""
    columns = [stem + ending if stem + ending in frame else stem for stem in stems]
    joined = _joined(frame, columns, " – ").str.removesuffix(" – ")
    return [str(label) for label in joined]


def _joined(frame: pd.DataFrame, columns: Sequence[str], between: str) -> "pd.Series[str]":
    """The columns as one text, '' for NULL."""
    first, *others = (frame[column].astype(object).where(frame[column].notna(), "").astype(str) for column in columns)
    for other in others:
        first = first + between + other
    return first


def _scales(side: _Side, frame: pd.DataFrame) -> dict[str, dict[str, str]]:
    """{"scale": {measure: its scale}}, of a table whose rows have one."""
    return {"scale": dict(zip(side.ids, side.things["scale"], strict=True))} if "scale" in frame else {}


def _metrics(names: Sequence[str]) -> dict[str, Any]:
    nb, en = ({name: METRICS[name][language] for name in names} for language in (0, 1))
    extension = {"label_en": "Number", "category_label_en": en}
    return {"label": "Tall", "category": {"index": list(names), "label": nb}, "extension": extension}
