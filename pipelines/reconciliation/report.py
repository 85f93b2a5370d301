"""Print how a release agrees with print, for a terminal.

Not here: the HTML report of a release (pipelines/publish/report.py).
"""

from pathlib import Path

import pandas as pd

from pipelines.reconciliation.reconcile import describe_differs, summary

FEW = 10


def print_reconciliation(release: Path, every_figure: bool = False) -> None:
    """Counts by status and the first figures that differ; with `every_figure` all, and the explained ones."""
    frame = pd.read_parquet(release / "reconciliation.parquet")
    counts = ", ".join(f"{n} {status}" for status, n in summary(frame).items() if n)
    print(f"Printed figures: {len(frame)} ({counts})")
    differing = describe_differs(frame)
    shown = differing if every_figure else [text.split("; from ")[0] for text in differing[:FEW]]
    for text in shown:
        print(f"  differs: {text}")
    if len(shown) < len(differing):
        print(f"  ... and {len(differing) - len(shown)} more; `make report` lists all")
    if every_figure:
        for figure in frame[frame["status"] == "explained"].to_dict("records"):
            print(f"  explained: {figure['figure_id']}: {figure['explanation']}")
