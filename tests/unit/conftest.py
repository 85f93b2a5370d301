"""What tests of single parts share.

Not here: runs of the line and dbt's manifest (tests/conftest.py).
"""

from collections.abc import Iterator

import pytest

from pipelines.ingest import check, load
from pipelines.ingest.sav_trial import trial


class Lasting:
    """The trial of SPSS files, which goes on from test to test: to start it anew takes longer than what they try."""

    def end(self) -> None:
        """Not yet."""


@pytest.fixture(scope="session", autouse=True)
def lasting_trial() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (check, load):
            patch.setattr(module, "trial", Lasting())
        yield
    trial.end()
