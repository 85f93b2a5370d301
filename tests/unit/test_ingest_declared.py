"""What an SPSS file says of its own values is heard: declared missing is no value, a label alone declares nothing.

Not here: what is refused for it (broken_extracts), and the counting of blanks (dbt's unit tests).
"""

from pathlib import Path
from typing import Any

import pytest

from pipelines.ingest.codebook import columns
from pipelines.ingest.declared import SAYS_MISSING
from pipelines.ingest.load import Outcome
from pipelines.ingest.text import folded
from tests.unit.extracts import Landing, SavExtract, innbygger_extract

pytestmark = pytest.mark.slow  # each test loads: a tenth of a second or more

WAVES = (2019, 2021)


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "data")


def delivered(landing: Landing, extract: SavExtract, wave: int = 2021) -> Outcome:
    extract.write(landing.path / f"dfo_innbygger/{wave}/x.sav")
    (outcome,) = landing.ingest().outcomes
    return outcome


def raw(landing: Landing, column: str) -> list[str]:
    return [row[0] for row in landing.rows(f'select "{column}" from raw.dfo_innbygger order by row_number')]


def whole(wave: int = 2021) -> SavExtract:
    """Five respondents with everything filled in."""
    extract = innbygger_extract(wave)
    extract.columns |= {"vekt": [1.0] * 5, "stratum": ["a"] * 5, "stratum_n": [4_400_000.0] * 5}
    return extract


# column, and what case 2 says in it
BACKGROUND = [
    ("alder", 99.0),
    ("vekt", 99.0),
    ("stratum_n", 99.0),
    ("kjonn", 9.0),
    ("kommunenr", 9999.0),
    ("stratum", "x99"),
]


@pytest.mark.parametrize("is_range", [False, True])
@pytest.mark.parametrize(("column", "value"), BACKGROUND)
def test_value_declared_missing_is_blank_on_every_background_and_design_column(
    landing: Landing, column: str, value: Any, is_range: bool
) -> None:
    extract = whole().set(2, column, value)
    if isinstance(value, str):
        extract.missing[column] = [value]
    else:
        extract.missing[column] = [{"lo": value - 0.5, "hi": value + 5}] if is_range else [value]
    outcome = delivered(landing, extract)
    assert outcome.status == "loaded", outcome.message
    (warning,) = [w for w in outcome.warnings if w.rule == "declared_blank"]
    assert warning.problem == f"1 case with a value of {column} that the file declares missing: read as blank"
    assert [bool(cell) for cell in raw(landing, column)] == [True, False, True, True, True]


@pytest.mark.parametrize("column", ["alder", "kjonn", "kommunenr"])
def test_value_that_is_not_declared_is_judged_as_ever(landing: Landing, column: str) -> None:
    extract = whole().set(2, column, 9.0 if column != "kommunenr" else 9999.0)
    assert delivered(landing, extract).status == "quarantined"


@pytest.mark.parametrize("wave", WAVES)
def test_codes_of_a_question_keep_their_kind_of_missing_also_where_they_are_declared(
    landing: Landing, wave: int
) -> None:
    (personvern,) = [c for c in columns("dfo_innbygger", wave) if c.name == "q_personvern"]
    kinds = sorted(personvern.missing_codes, key=int)
    assert kinds
    answers = [code for code in personvern.codes if code not in kinds]
    extract = whole(wave)
    extract.columns["q_personvern"] = [float(code) for code in [*kinds, *answers][:5]]
    extract.missing["q_personvern"] = [float(code) for code in kinds]
    assert delivered(landing, extract, wave).status == "loaded"
    assert raw(landing, "q_personvern") == [*kinds, *answers][:5]


def test_background_code_that_the_frame_calls_unanswered_stays_that_code(landing: Landing) -> None:
    extract = whole().set(2, "utdanning", 9.0)
    extract.missing["utdanning"] = [9.0]
    assert delivered(landing, extract).status == "loaded"
    assert raw(landing, "utdanning")[1] == "9"


@pytest.mark.parametrize(
    ("column", "labels"),
    [
        ("alder", {80.0: "80 år eller eldre", 16.0: "16 år"}),
        ("vekt", {1.0: "uvektet"}),
        ("stratum_n", {4_400_000.0: "hele landet"}),
    ],
)
def test_label_that_says_something_else_is_lawful(landing: Landing, column: str, labels: dict[float, str]) -> None:
    extract = whole()
    extract.labels[column] = labels
    assert delivered(landing, extract).status == "loaded"


@pytest.mark.parametrize(
    "label", ["Ubesvart", "Vet ikke", "IKKE BESVART", "Ikke oppgitt", "No answer", "Ønsker ikke å svare"]
)
def test_label_that_says_missing_is_lawful_once_it_is_declared(landing: Landing, label: str) -> None:
    extract = whole().set(2, "alder", 99.0)
    extract.labels["alder"] = {99.0: label}
    assert [finding.rule for finding in delivered(landing, extract).findings] == ["label_says_missing"]
    extract.missing["alder"] = [99.0]
    assert delivered(landing, extract).status == "loaded"
    assert raw(landing, "alder")[1] == ""


@pytest.mark.parametrize(
    "label", ["80 år eller eldre", "Svarprosent", "Ikke relevant område", "Kristiansand", "under 20"]
)
def test_ordinary_labels_do_not_say_missing(label: str) -> None:
    assert not SAYS_MISSING.search(folded(label))
