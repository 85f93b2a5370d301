"""What tests of every kind share: the whole line, run once on the sample.

Not here: runs on something else (integration/conftest.py).
"""

import pytest

from tests.line import Line


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Line:
    """The first run of a new user, who has no extracts: the sample, and a release of it. Nobody changes this one."""
    line = Line(tmp_path_factory.mktemp("built") / "data")
    run = line.run()
    assert run.code == 0, run.out + run.err
    (line.data_dir / "first_run.txt").write_text(run.out, encoding="utf-8")
    return line
