"""What a release holds for those without SQL: CSV, a workbook, JSON-stat.

Not here: how each is made (csv_files.py, workbook.py, json_stat.py).
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa

from pipelines.publish.csv_files import write_csv_files
from pipelines.publish.json_stat import write_json_stat
from pipelines.publish.workbook import WORKBOOK, write_workbook


def write_handout(release: Path, tables: dict[str, pa.Table], is_synthetic: bool, content: str) -> None:
    """All of it into the folder of a release: the same tables, mark and `content` (how the release's name ends) give
    the same bytes.
    """
    # What writes CSV does not hold the interpreter, as what writes a workbook does: together they take as long as one.
    with ThreadPoolExecutor(1) as pool:
        csv_files = pool.submit(write_csv_files, release, tables)
        write_workbook(release / WORKBOOK, tables, is_synthetic, content)
        write_json_stat(release, tables)
        csv_files.result()
