"""The metadata folder of a release: the data dictionary and the codebook it was made with.

Not here: schemas (contracts) or codes (seeds); both are copied from where they stand.
"""

import csv
import shutil
from pathlib import Path

from pipelines.common.contracts import Contract
from pipelines.common.seeds import SEEDS_DIR

SEEDS = ("codebook", "scales", "indicators", "labels", "published")


def write_metadata(folder: Path, contracts: dict[str, Contract]) -> None:
    """data_dictionary.csv, and the seeds of what questions, codes, indicators and labels mean, and what is printed."""
    folder.mkdir()
    with (folder / "data_dictionary.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["table", "column", "type", "unit", "is_key", "description"])
        for contract in contracts.values():
            for c in contract.columns:
                writer.writerow(
                    [
                        contract.name,
                        c.name,
                        c.data_type,
                        c.unit,
                        str(c.name in contract.key).lower(),
                        c.description,
                    ]
                )
    for name, path in metadata_seeds().items():
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(path, folder / name)


def metadata_seeds() -> dict[Path, Path]:
    """{path in the metadata folder: the seed it is a copy of}, sorted."""
    return {Path(group, path.name): path for group in SEEDS for path in sorted((SEEDS_DIR / group).glob("*.csv"))}
