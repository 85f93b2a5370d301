"""new-survey writes the models that the seeds ask for, and says what is missing; make check-seeds tells of stale ones.

Not here: a survey that is carried through the whole line (integration/test_new_survey.py).
"""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from pipelines.__main__ import main
from pipelines.common.seed_check.tables import Table, read_tables
from pipelines.common.seeds import SEEDS_DIR, SeedError, read_seed
from pipelines.transform import seed_rules, survey_models
from pipelines.transform.survey_models import MODELS_DIR, write_survey_models

SURVEYS = [row["survey"] for row in read_seed("survey")]


def of_project(survey: str) -> dict[str, str]:
    return survey_models.survey_models(survey, read_seed("survey"), read_seed("codebook"))


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models of its own, without those of any survey."""
    folder = tmp_path / "dbt_project" / "models"
    for layer in ("staging", "harmonised"):
        (folder / layer).mkdir(parents=True)
    monkeypatch.setattr(seed_rules, "MODELS_DIR", folder)
    return folder


# What is written


@pytest.mark.parametrize("survey", SURVEYS)
def test_models_of_the_project_are_those_that_the_seeds_ask_for(survey: str) -> None:
    for name, text in of_project(survey).items():
        assert (MODELS_DIR / name).read_text(encoding="utf-8") == text, name


def test_survey_of_respondents_has_a_staging_model_for_each_table_one_of_respondents_and_one_of_cells(
    models: Path,
) -> None:
    written = write_survey_models("itip", models)
    assert {path.relative_to(models).as_posix() for path in written} == {
        "staging/_itip.yml",
        "staging/stg_itip__virksomhet.sql",
        "staging/stg_itip__innbygger.sql",
        "harmonised/harmonised_respondents_itip.sql",
        "harmonised/harmonised_cells_itip.sql",
        "harmonised/_itip.yml",
    }
    sql = {path.name: path.read_text(encoding="utf-8") for path in written if path.suffix == ".sql"}
    assert sql["stg_itip__innbygger.sql"] == "{{ staged('itip', 'innbygger') }}\n"
    assert sql["harmonised_respondents_itip.sql"] == "{{ respondents('itip') }}\n"
    assert sql["harmonised_cells_itip.sql"] == "{{ cells('itip') }}\n"


def test_survey_of_countries_is_staged_only(models: Path) -> None:
    assert {path.parent.name for path in write_survey_models("desi", models)} == {"staging"}


@pytest.mark.parametrize(("survey", "is_private"), [("dfo_innbygger", True), ("itip", True), ("ssb_kommune", False)])
def test_properties_describe_every_model_and_tell_of_personal_data(survey: str, is_private: bool) -> None:
    files = of_project(survey)
    described = {
        model["name"]: model["description"]
        for name, text in files.items()
        if name.endswith(".yml")
        for model in yaml.safe_load(text)["models"]
    }
    assert set(described) == {Path(name).stem for name in files if name.endswith(".sql")}
    assert {"Personal data" in text for text in described.values()} == {is_private}


def test_title_with_quotation_marks_and_colons_is_still_yaml() -> None:
    surveys = [row | {"survey_nb": 'Den "nye": # 1'} for row in read_seed("survey") if row["survey"] == "ssb_stat"]
    files = survey_models.survey_models("ssb_stat", surveys, read_seed("codebook"))
    (model,) = yaml.safe_load(files["staging/_ssb_stat.yml"])["models"]
    assert model["description"].startswith('Den "nye": # 1 (')


def test_only_what_is_not_as_it_should_be_is_written(models: Path) -> None:
    first = write_survey_models("ssb_stat", models)
    assert write_survey_models("ssb_stat", models) == []
    first[0].write_text("changed by hand", encoding="utf-8")
    assert write_survey_models("ssb_stat", models) == [first[0]]


# What is said


def test_unknown_survey_is_told_with_the_file_and_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new-survey", "itipp"]) == 1
    said = capsys.readouterr().err
    assert "seeds/codebook/survey.csv has no row of it, but of ssb_kommune, dfo_innbygger" in said
    assert "docs/adding-a-survey.md" in said


def test_survey_without_columns_is_told_with_the_file() -> None:
    codebook = [row for row in read_seed("codebook") if row["survey"] != "itip"]
    with pytest.raises(SeedError, match=r"'itip' from: seeds/codebook/codebook.csv has no row of it; add one for each"):
        survey_models.survey_models("itip", read_seed("survey"), codebook)


def test_command_says_what_to_do_next(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new-survey", "ssb_stat"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("The models of ssb_stat are as the seeds ask for.\n")
    assert "python -m pipelines check-seeds" in said
    assert "python -m pipelines template ssb_stat 2016" in said


# What make check-seeds says


@pytest.fixture
def seeds() -> dict[str, Table]:
    return read_tables(SEEDS_DIR, [])


def test_survey_whose_models_were_not_written_is_told_at_its_row(models: Path, seeds: dict[str, Table]) -> None:
    for survey in SURVEYS[1:]:
        write_survey_models(survey, models)
    (found,) = seed_rules.models(seeds)
    assert (found.file, found.line, found.value) == ("seeds/codebook/survey.csv", 2, "ssb_kommune")
    assert found.problem.startswith("its dbt models are not there: staging/_ssb_kommune.yml, staging/stg_ssb_kommune")
    assert found.remedy == "run python -m pipelines new-survey ssb_kommune"


def test_survey_whose_models_are_older_than_its_seeds_is_told(models: Path, tmp_path: Path) -> None:
    for survey in SURVEYS:
        write_survey_models(survey, models)
    folder = Path(shutil.copytree(SEEDS_DIR, tmp_path / "seeds"))
    path = folder / "codebook" / "codebook.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(?m)^(digdir,[0-9]*,),goal,", r"\1,maal,", text), encoding="utf-8")
    changed = read_tables(folder, [])
    (found,) = seed_rules.models(changed)
    assert found.value == "digdir"
    assert found.problem == (
        "its dbt models are not there: staging/stg_digdir__maal.sql; are out of date: staging/_digdir.yml"
    )
    (left,) = seed_rules.leftovers(changed)
    assert left.problem == "no survey asks for dbt_project/models/staging/stg_digdir__goal.sql"


def test_what_is_written_by_hand_is_no_leftover(models: Path, seeds: dict[str, Table]) -> None:
    by_hand = models / "harmonised" / "harmonised_something.sql"
    by_hand.write_text("select 1 as one", encoding="utf-8")
    assert list(seed_rules.leftovers(seeds)) == []
    by_hand.write_text("{{ respondents('gone') }}\n", encoding="utf-8")
    assert [f.problem.rpartition("/")[2] for f in seed_rules.leftovers(seeds)] == ["harmonised_something.sql"]
