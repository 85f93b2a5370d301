"""The sample never takes the place of real data whose folder is gone.

Not here: other ways to begin (test_whole_line.py), and what else is evidence (tests/unit/test_evidence.py).
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.line import Line


def loaded(line: Line) -> str:
    """Real loads in the build database."""
    with duckdb.connect(str(line.settings.build_db)) as con:
        con.execute("update raw.extract_load set is_synthetic = false")
    return "ssb_kommune 2022"


def published(line: Line) -> str:
    """A real release, and nothing else is left."""
    manifest = line.manifest
    for said in manifest["inputs"]:
        said["is_synthetic"] = False
    (line.release / "manifest.json").chmod(0o644)
    (line.release / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    shutil.rmtree(line.settings.work)
    return "ssb_kommune/2022"


@pytest.mark.parametrize("make_real", [loaded, published])
def test_a_landing_that_is_gone_is_not_replaced_by_the_sample(
    built: Line, tmp_path: Path, make_real: Callable[[Line], str]
) -> None:
    line = built.copy(tmp_path / "data")
    named = make_real(line)
    in_force = line.in_force()
    shutil.rmtree(line.settings.landing)
    run = line.run()
    assert run.code == 1
    assert "is a disk not mounted?" in run.err
    assert named in run.err
    assert f"{line.release.name},replaced,,," in run.err
    assert not line.settings.landing.exists()
    assert line.in_force() == in_force
