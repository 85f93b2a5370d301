"""Print how a release agrees with print, for a terminal.

Not here: the HTML report of a release (pipelines/publish/report).
"""

from pathlib import Path

import pandas as pd

from pipelines.reconciliation import verdicts
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


def print_statements(release: Path, every_statement: bool = False) -> None:
    """The same of what is claimed in words; nothing for a release of an older project, which has no such table.

    The statements that are no target of the synthetic sample are counted apart: their agreement says something.
    """
    path = release / "statement_reconciliation.parquet"
    if not path.is_file():
        return
    frame = pd.read_parquet(path)
    others = frame[~frame["is_sample_target"]]
    print(f"Claims in words: {len(frame)} ({_counts(frame)})")
    print(f"  of them no target of the sample: {len(others)} ({_counts(others)})")
    contradicted = verdicts.describe_contradicted(frame)
    shown = contradicted if every_statement else [text.split(" [")[0] for text in contradicted[:FEW]]
    for text in shown:
        print(f"  contradicted: {text}")
    if len(shown) < len(contradicted):
        print(f"  ... and {len(contradicted) - len(shown)} more; `make report` lists all")


def _counts(statements: pd.DataFrame) -> str:
    return ", ".join(f"{n} {status}" for status, n in verdicts.summary(statements).items() if n)
