"""How many rows of each wave the release in force was made from: what a new delivery is compared with.

Not here: what was loaded before (raw_tables), and releases themselves (publish).
"""

from pathlib import Path

LOG = "extract_log.parquet"


def rows_in_force(published: Path) -> dict[tuple[str, int], int]:
    """{(survey, wave): rows} of the extracts in the release in force; empty where there is none that can be read."""
    import pyarrow.parquet as pq  # a look at one file needs it only where there is a release

    log = published / "current" / LOG
    try:
        rows = pq.read_table(log, columns=["survey", "wave", "n_rows", "status"]).to_pylist()
    except (OSError, ValueError, KeyError):
        return {}
    found: dict[tuple[str, int], int] = {}
    for row in rows:
        if row["status"] == "loaded":
            key = row["survey"], row["wave"]
            found[key] = found.get(key, 0) + (row["n_rows"] or 0)
    return found
