"""The synthetic sample that is shipped: which surveys it makes up, and copying it to where no landing/ is yet.

Not here: making it (tests/sample), and when it may be copied (assets.py).
"""

import zipfile
import zlib
from pathlib import Path, PurePosixPath

import yaml

from pipelines.common import leftovers
from pipelines.common.seeds import read_seed
from pipelines.common.settings import PROJECT_DIR
from pipelines.ingest.provenance import SOURCE_FILE, SYNTHETIC

SAMPLE = PROJECT_DIR / "pipelines" / "sample" / "landing.zip"


def made_up_surveys() -> list[str]:
    """The surveys whose waves are invented, as SOURCE.yml says beside each; what else the sample holds is real."""
    with zipfile.ZipFile(SAMPLE) as packed:
        sources = [PurePosixPath(name) for name in packed.namelist() if name.endswith(f"/{SOURCE_FILE}")]
        made_up = [str(s.parent.parent) for s in sources if yaml.safe_load(packed.read(str(s)))[SYNTHETIC]]
    return [row["survey"] for row in read_seed("survey") if row["landing_path"] in made_up]


def copy_sample(landing: Path) -> None:
    """Unpack the sample to `landing`, which must not exist yet: it appears whole, in one rename, or not at all.

    Raises FileExistsError, and zipfile.BadZipFile for an archive that is damaged.
    """
    if landing.exists() or landing.is_symlink():
        raise FileExistsError(f"{landing} exists: the sample is put only where no extracts are")
    beside = landing.with_name(f"{leftovers.MARK}{landing.name}-part")
    leftovers.remove(beside)
    beside.mkdir(mode=0o700, parents=True)  # where deliveries with ids in clear will lie
    try:
        with zipfile.ZipFile(SAMPLE) as packed:
            packed.extractall(beside)  # no name leads out of it
    except zlib.error as error:  # where the damage is told depends on where it lies
        raise zipfile.BadZipFile(f"{SAMPLE.name} is damaged: {error}") from error
    beside.rename(landing)
