"""What the seeds ask of dbt_project: the models of every survey, as the command new-survey writes them, and no others.

Not here: the models (survey_models.py), and whether the seeds agree with one another (common/seed_check).
"""

from collections.abc import Iterator

from pipelines.common.seed_check.tables import Finding, Seeds
from pipelines.transform.survey_models import MODELS_DIR, WRITTEN, survey_models, unlike


def models(seeds: Seeds) -> Iterator[Finding]:
    """The dbt models of a survey are there, and are those that the seeds ask for."""
    described = seeds["codebook"].keys("survey")
    for row in seeds["survey"].rows:
        if (row["survey"],) not in described:
            continue  # told of already
        files = unlike(_models(seeds, row["survey"]), MODELS_DIR)
        absent = [name for name in files if not (MODELS_DIR / name).exists()]
        problems = {"are not there": absent, "are out of date": [name for name in files if name not in absent]}
        problem = "; ".join(f"{what}: {', '.join(names)}" for what, names in problems.items() if names)
        if problem:
            remedy = f"run python -m pipelines new-survey {row['survey']}"
            yield row.wrong("survey", "survey_models", f"its dbt models {problem}", remedy)


def leftovers(seeds: Seeds) -> Iterator[Finding]:
    """No model is left of a survey, or of a table of one, that the seeds do not have."""
    table = seeds["survey"]
    known = table.keys("survey") & seeds["codebook"].keys("survey")
    wanted = {name for (survey,) in known for name in _models(seeds, survey)}
    for path in sorted(MODELS_DIR.glob("*/*")):
        name = path.relative_to(MODELS_DIR).as_posix()
        is_model = path.suffix in (".sql", ".yml") and name not in wanted
        if is_model and path.read_text(encoding="utf-8").startswith(WRITTEN):
            problem = f"no survey asks for dbt_project/models/{name}"
            yield Finding(table.file, 1, "", "", "survey_models", problem, "delete the file, or put the rows back")


def _models(seeds: Seeds, survey: str) -> dict[str, str]:
    return survey_models(survey, seeds["survey"].rows, seeds["codebook"].rows)


RULES = (models, leftovers)
