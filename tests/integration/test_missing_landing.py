"""The sample never takes the place of real data whose folder is gone.

Not here: other ways to begin (test_whole_line.py).
"""

import shutil
from pathlib import Path

import duckdb

from tests.line import Line


def test_a_landing_that_is_gone_is_not_replaced_by_the_sample(built: Line, tmp_path: Path) -> None:
    line = Line(tmp_path / "data")
    shutil.copytree(built.data_dir, line.data_dir, symlinks=True)
    with duckdb.connect(str(line.settings.build_db)) as con:
        con.execute("update raw.extract_load set is_synthetic = false")
    in_force = (line.settings.published / "current").readlink()
    shutil.rmtree(line.settings.landing)
    run = line.run()
    assert run.code == 1
    assert "is a disk not mounted?" in run.err
    assert "ssb_kommune 2022" in run.err
    assert not line.settings.landing.exists()
    assert (line.settings.published / "current").readlink() == in_force
