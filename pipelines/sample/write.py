"""Write the sample extracts as deliveries into landing/, in the shapes of docs on raw extracts.

Not here: what the extracts say (plan.py, solve.py); reading them again (ingest).
"""

import csv
import io
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.sample.codebook import columns
from pipelines.sample.plan import SURVEY, WAVES, kommune_plan
from pipelines.sample.solve import solve
from pipelines.sample.units import Unit
from pipelines.seeds import read_seed

EGDI = "un_egdi"


@dataclass(frozen=True)
class Delivery:
    """How a wave's file was delivered. `keeps_leading_zero`: a spreadsheet has taken 0301 for 301 if not."""

    encoding: str
    keeps_leading_zero: bool


DELIVERIES = dict(zip(WAVES, (Delivery("cp1252", True), Delivery("utf-8-sig", False)), strict=True))

SAMPLE_SOURCE = """\
producer: Digital tilstand, the project's own sample
url: https://www.ssb.no/teknologi-og-innovasjon/artikler-og-publikasjoner/digitalisering-i-kommunene
licence: CC0-1.0; kommune codes, names and inhabitants from Statistics Norway (SSB), CC BY 4.0
retrieved: never, written by pipelines/sample
note: >-
  Synthetic answers of real kommuner, solved so that recounting them gives the figures printed in
  SSB Rapporter 2023/27. They say nothing about what any kommune answered.
synthetic: true
"""
EGDI_SOURCE = """\
producer: United Nations, Department of Economic and Social Affairs (UN DESA)
url: https://publicadministration.un.org/egovkb/en-us/Data-Center
licence: UN terms of use; facts of the UN E-Government Survey {year}
retrieved: kept in seeds/international/un_egdi_score.csv
note: Country, rank and index of the UN E-Government Survey {year}; sub-indices left out.
synthetic: false
"""


def write_sample(landing: Path, progress: Callable[[str], None] = lambda _: None) -> list[Path]:
    """Write every sample extract with its SOURCE.yml; the paths written, sorted.

    `landing` must not exist: it appears whole, in one rename, or not at all. The same seeds give the same
    bytes. Raises FileExistsError, and what solve() raises.
    """
    if landing.exists():
        raise FileExistsError(f"{landing} exists; the sample is never mixed with what is there")
    files = kommune_files(solve(kommune_plan(), progress)) | egdi_files()
    landing.parent.mkdir(parents=True, exist_ok=True)
    beside = landing.with_name(f".{landing.name}.{os.getpid()}.part")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        for name, content in files.items():
            path = beside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        beside.rename(landing)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return sorted(landing / name for name in files)


def kommune_files(units: Sequence[Unit]) -> dict[str, bytes]:
    """Path below landing -> content, for every wave of the kommune survey."""
    survey = next(r for r in read_seed("survey") if r["survey"] == SURVEY)
    files = {}
    for wave in WAVES:
        folder = f"{survey['landing_path']}/{wave}"
        rows = [_row(unit) for unit in units if unit.wave == wave]
        names = [r["column_name"] for r in columns(SURVEY, wave)]
        text = _csv(names, rows, survey["delimiter"])
        files[f"{folder}/{SURVEY}_{wave}_syntetisk.csv"] = text.encode(DELIVERIES[wave].encoding)
        files[f"{folder}/SOURCE.yml"] = SAMPLE_SOURCE.encode()
    return files


def egdi_files() -> dict[str, bytes]:
    """Path below landing -> content: the index of every country, in the UN's own shape."""
    survey = next(r for r in read_seed("survey") if r["survey"] == EGDI)
    files = {}
    for year in sorted({r["year"] for r in read_seed("un_egdi_score")}):
        folder = f"{survey['landing_path']}/{year}"
        rows = [
            {
                "country-code": r["country_code"],
                "country-name": r["country"],
                "e-gov-rank": r["rank"],
                "e-gov-index": r["score"],
            }
            for r in read_seed("un_egdi_score")
            if r["year"] == year
        ]
        files[f"{folder}/{EGDI}_{year}.csv"] = _csv(list(rows[0]), rows, survey["delimiter"]).encode()
        files[f"{folder}/SOURCE.yml"] = EGDI_SOURCE.format(year=year).encode()
    return files


def _row(unit: Unit) -> dict[str, str]:
    row = {}
    for r in columns(SURVEY, unit.wave):
        if r["question_id"]:
            answer = unit.answers[r["question_id"]]
            row[r["column_name"]] = "" if answer is None else str(answer)
        else:
            row[r["column_name"]] = unit.attributes[r["column_name"]]
    if not DELIVERIES[unit.wave].keeps_leading_zero:
        row["kommunenr"] = row["kommunenr"].lstrip("0")
    return row


def _csv(names: Sequence[str], rows: Sequence[dict[str, str]], delimiter: str) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, names, delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()
