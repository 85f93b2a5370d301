"""What the seeds ask of dbt_project: the models of every survey, as the command new-survey writes them.

Not here: the models (survey_models.py), and whether the seeds agree with one another (common/seed_check).
"""

from collections.abc import Iterator

from pipelines.common.seed_check.tables import Finding, Seeds
from pipelines.transform.survey_models import MODELS_DIR, survey_models, unlike


def models(seeds: Seeds) -> Iterator[Finding]:
    """The dbt models of a survey are there, and are those that the seeds ask for."""
    surveys, codebook = seeds["survey"].rows, seeds["codebook"].rows
    described = seeds["codebook"].keys("survey")
    for row in surveys:
        if (row["survey"],) not in described:
            continue  # told of already
        files = unlike(survey_models(row["survey"], surveys, codebook))
        absent = [name for name in files if not (MODELS_DIR / name).exists()]
        problems = {"are not there": absent, "are out of date": [name for name in files if name not in absent]}
        problem = "; ".join(f"{what}: {', '.join(names)}" for what, names in problems.items() if names)
        if problem:
            remedy = f"run python -m pipelines new-survey {row['survey']}"
            yield row.wrong("survey", "survey_models", f"its dbt models {problem}", remedy)


RULES = (models,)
