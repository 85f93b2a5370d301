"""dbt's own unit tests, on the build database of a finished run.

Not here: the tests (dbt_project/models/**/*.yml).
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

from pipelines.common.settings import DBT_PROJECT_DIR, Settings
from pipelines.transform.program import DBT_EXECUTABLE, make_ready
from tests.line import Line


def test_every_dbt_unit_test_passes(built: Line, tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    settings.work.mkdir()
    shutil.copyfile(built.settings.build_db, settings.build_db)
    places = ["--project-dir", str(DBT_PROJECT_DIR), "--profiles-dir", str(DBT_PROJECT_DIR)]
    done = subprocess.run(
        [DBT_EXECUTABLE, "--quiet", "test", "--select", "test_type:unit", *places],
        env={**os.environ, **make_ready(settings)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((settings.dbt_target / "run_results.json").read_text(encoding="utf-8"))["results"]
    assert len(results) >= 20
    assert {result["status"] for result in results} == {"pass"}
