"""Every kind of fault is refused in every format that it can occur in, and the page that says so is up to date.

Not here: what reports say of each (test_ingest_refuses), and files that are damaged at random (test_hostile_files).
"""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from pipelines.common.settings import Settings
from pipelines.ingest.check import Judgement, judge_places
from pipelines.ingest.codebook import COPIED, FORMATS
from pipelines.ingest.delivery import Delivery, look_at_delivery
from pipelines.ingest.discovery import Place, survey_of, wave_place
from pipelines.ingest.forgotten import WAVE, Forgotten, refuse_forgotten
from pipelines.ingest.raw_tables import ensure_tables, replacing_wave
from tests.unit import faults
from tests.unit.extracts import Landing, goals_extract
from tests.unit.faults import CANNOT, ELSEWHERE, FAULTS, FOLDER, Fault, catalogued, missing_cases, page, rules, table
from tests.unit.formats import Table, has_header_row, innbygger_table, kommune_table

pytestmark = pytest.mark.slow  # each test loads: a tenth of a second or more
NOW = datetime(2026, 3, 3, 8)


def place_of(made: Table, folder: Path, file_format: str) -> Place:
    file = made.write(folder, file_format)
    return wave_place(file.parent, folder, survey_of(made.survey), str(made.wave))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Judgement]:
    """{(kind, format): the judgement of its case}: one look at them all, which costs as much as at a few."""
    base = tmp_path_factory.mktemp("faults")
    cases = missing_cases()
    places = [place_of(fault.make(), base / str(n), f) for n, (fault, f) in enumerate(cases)]
    judgements = judge_places(Settings(base / "data", pseudonym_key="a key for tests, and for nothing else"), places)
    return {(fault.rule, f): judgement for (fault, f), judgement in zip(cases, judgements, strict=True)}


@pytest.mark.parametrize(
    ("fault", "file_format"), missing_cases(), ids=[f"{fault.rule}-{f}" for fault, f in missing_cases()]
)
def test_fault_is_refused_at_its_place(
    judged: dict[tuple[str, str], Judgement], fault: Fault, file_format: str
) -> None:
    judgement = judged[fault.rule, file_format]
    assert not judgement.is_accepted
    found = [finding for finding in judgement.findings if finding.rule == fault.rule]
    assert found, judgement.findings
    assert all(finding.problem and finding.remedy for finding in judgement.findings)
    if fault.row:
        assert found[0].row == fault.row + has_header_row(file_format)
    if fault.column:
        assert found[0].column.replace("-", "_") == fault.column


def test_no_kind_and_no_format_is_left_out() -> None:
    tried = faults.names().keys()
    untold = {
        (rule, file_format)
        for rule in rules()
        if (rule, FOLDER) not in tried or any((rule, f) in tried for f in FORMATS)
        for file_format in FORMATS
        if (rule, file_format) not in tried and file_format not in CANNOT.get(rule, {})
    }
    assert untold == set()
    # Nothing is said to be impossible that is tried, nor of a kind that there is not.
    assert {(rule, f) for rule, cannot in CANNOT.items() for f in cannot} & tried == set()
    assert {rule for rule, _ in tried} | CANNOT.keys() == rules()
    assert all(fault.rule in {rule for rule, _, _ in catalogued()} | {f.rule for f in FAULTS} for fault in FAULTS)


@pytest.mark.parametrize("test", sorted(set(ELSEWHERE.values())))
def test_what_is_tried_elsewhere_is_tried_there(test: str) -> None:
    module, _, name = test.partition("::")
    source = (Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8")
    assert f"def {name}" in source


@pytest.mark.parametrize("rule", faults.rules_of_bodies())
def test_what_can_be_wrong_with_the_shape_of_an_answer_is_tried(rule: str) -> None:
    sources = [(Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8") for name in faults.BODY_TESTS]
    assert any(f'"{rule}"' in source for source in sources)


def test_page_is_up_to_date() -> None:
    assert faults.PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.unit.faults"


def looked_at(landing: Landing, made: Table, file_format: str) -> Delivery | list[str]:
    """A delivery that is looked at and not read yet, or the rules that keep it from being looked at."""
    place = place_of(made, landing.path, file_format)
    return look_at_delivery(landing.settings, place, NOW) or [finding.rule for finding in place.findings]


def read(landing: Landing, delivery: Delivery) -> list[str]:
    ensure_tables(landing.con)
    with replacing_wave(landing.con, *delivery.place.key) as load:
        delivery.read_into(load, {}, print)
    assert landing.rows("select count(*) from raw.ssb_kommune") == [(0,)]
    return [finding.rule for finding in delivery.findings]


def grown(delivery: Delivery) -> None:
    os.utime(delivery.place.files[0], ns=(1, 1))


def forgot(delivery: Delivery) -> None:
    record = delivery.records[0]
    was = Forgotten(record.survey, record.wave, record.file_name, record.sha256, WAVE, NOW)
    refuse_forgotten(was, delivery)


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize(
    ("rule", "meanwhile"),
    [("changed_meanwhile", grown), ("forgotten", forgot), ("too_large", None), ("unreadable", None)],
)
def test_what_is_found_around_the_reading_is_found_in_every_format(
    tmp_path: Path, file_format: str, rule: str, meanwhile: Callable[[Delivery], None] | None
) -> None:
    landing = Landing(tmp_path / "data")
    if rule == "too_large":
        landing.settings = replace(landing.settings, max_extract_bytes=999)
    if rule == "unreadable":
        file = landing.path / "ssb_kommune" / "2022" / f"delivery.{file_format}"
        file.parent.mkdir(parents=True)
        file.symlink_to(landing.path / "nowhere")
        assert {finding.rule for outcome in landing.ingest().refused for finding in outcome.findings} == {rule}
        return
    delivery = looked_at(landing, kommune_table(), file_format)
    assert isinstance(delivery, Delivery)
    if meanwhile:
        meanwhile(delivery)
    assert read(landing, delivery) == [rule]


@pytest.mark.parametrize("file_format", COPIED)
def test_without_a_key_no_ids_are_taken_in_any_format(tmp_path: Path, file_format: str) -> None:
    landing = Landing(tmp_path / "data")
    landing.settings = replace(landing.settings, pseudonym_key=None)
    innbygger_table().write(landing.path, file_format)
    (refused,) = landing.ingest().refused
    assert [finding.rule for finding in refused.findings] == ["pseudonym_key"]


def test_the_same_table_in_two_files_is_refused(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "data")
    for name in ("a", "b"):
        table("digdir", 2021, goals_extract(), "goal_no").write(landing.path, "sav", name)
    (refused,) = landing.ingest().refused
    assert "repeated_table" in {finding.rule for finding in refused.findings}, refused.message
