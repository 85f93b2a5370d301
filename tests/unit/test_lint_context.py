"""The linter reads the models as dbt does: with the project's own macros, and what the seeds tell them.

Not here: the linting itself, which `make lint` does.
"""

import pytest
from sqlfluff.core import FluffConfig, Linter

from pipelines.common.seeds import read_seed
from pipelines.common.settings import DBT_PROJECT_DIR, PROJECT_DIR

pytestmark = pytest.mark.slow  # the linter takes seconds to load

RESPONDENTS = [row["survey"] for row in read_seed("survey") if row["kind"] == "respondents"]
MODELS = sorted((DBT_PROJECT_DIR / "models").rglob("*.sql"))


@pytest.fixture(scope="module")
def linter() -> Linter:
    return Linter(config=FluffConfig.from_path(str(PROJECT_DIR)))


def rendered(linter: Linter, name: str) -> str:
    """The SQL of a model as the linter sees it."""
    path = next(path for path in MODELS if path.stem == name)
    found = linter.render_string(path.read_text(encoding="utf-8"), str(path), linter.config, "utf-8")
    assert not found.templater_violations
    return found.templated_variants[0].templated_str


@pytest.mark.parametrize("name", [path.stem for path in MODELS])
def test_the_linter_knows_every_macro_of_a_model(linter: Linter, name: str) -> None:
    assert "from " in rendered(linter, name)


def test_the_linter_sees_what_the_codebook_makes_of_a_model(linter: Linter) -> None:
    assert '"folkemengde"' in rendered(linter, "stg_ssb_kommune")
    assert "as by_sentralitet" in rendered(linter, "harmonised_respondents_ssb_kommune")


def test_the_linter_sees_one_estimate_of_each_survey(linter: Linter) -> None:
    for survey in RESPONDENTS:
        assert rendered(linter, f"harmonised_cells_{survey}").count("group by grouping sets") == 1
