"""An SPSS file is loaded as it is: numbers as text, user-missing codes as codes, in chunks, in any of its encodings.

Not here: what is refused (test_ingest_refuses), and what becomes of respondent ids (test_ingest_pseudonyms).
"""

import math
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.common.seeds import read_seed
from pipelines.ingest import codebook, delivery, load, sav_reader
from pipelines.ingest.findings import Findings
from pipelines.ingest.labels import means_the_same
from pipelines.ingest.sav_reader import number_text, read_sav
from pipelines.ingest.sav_trial import trial
from tests.unit.broken_extracts import promising, with_encoding
from tests.unit.extracts import TUESDAY, Landing, innbygger_extract

pytestmark = pytest.mark.slow  # each test loads: a tenth of a second or more

SURVEY = next(survey for survey in codebook.surveys() if survey.survey == "dfo_innbygger")
FILE = "dfo_innbygger/2021/innbyggere.sav"
WAVE = ("dfo_innbygger", 2021)


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "data").fill_innbygger()


def cells(landing: Landing, columns: str, wave: int = 2021) -> list[tuple]:
    return landing.rows(f"select {columns} from raw.dfo_innbygger where wave = {wave} order by row_number")


def test_both_shapes_of_the_survey_are_loaded(landing: Landing) -> None:
    assert landing.statuses() == {("dfo_innbygger", 2019): "loaded", WAVE: "loaded"}
    query = "select wave, n_rows, n_columns, encoding, reader from raw.extract_load order by wave"
    assert landing.rows(query) == [(2019, 5, 16, "utf-8", "sav"), (2021, 5, 16, "utf-8", "sav")]


def test_numbers_are_text_without_decimals_and_what_is_missing_is_blank(landing: Landing) -> None:
    landing.ingest()
    assert cells(landing, "row_number, kommunenr, vekt, alder, stratum, stratum_n") == [
        (1, "301", "0.5", "16", "nord", "2000"),
        (2, "1103", "1.25", "24", "sør", "3000"),
        (3, "3001", "0", "49", "", ""),
        (4, "4601", "", "67", "nord", "2000"),
        (5, "5001", "2", "110", "sør", "3000"),
    ]
    assert [row[0] for row in cells(landing, "kommunenr", 2019)] == ["0101", "0301", "1103", "5001", "5012"]


def test_codes_that_the_file_calls_missing_are_codes(landing: Landing) -> None:
    for wave, code in ((2019, 9999.0), (2021, 99.0)):
        extract = innbygger_extract(wave).set(2, "q_personvern", code).set(3, "q_personvern", None)
        assert extract.missing["q_personvern"] == [code]
        extract.write(landing.path / f"dfo_innbygger/{wave}/innbyggere.sav")
        landing.ingest()
        assert cells(landing, "q_personvern", wave)[1:3] == [(f"{code:.0f}",), ("",)]


@pytest.mark.parametrize("options", [{}, {"row_compress": True}, {"compress": True}], ids=["plain", "packed", "zlib"])
def test_every_way_of_packing_gives_the_same(landing: Landing, options: dict[str, bool]) -> None:
    landing.ingest()
    columns = "* exclude (sha256)"
    before = cells(landing, columns)
    innbygger_extract(2021).write(landing.path / FILE, **options)
    landing.ingest(TUESDAY)
    assert cells(landing, columns) == before


def test_file_is_read_in_chunks_and_says_how_far_it_is(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.ingest()
    before = cells(landing, "* exclude (sha256)")
    innbygger_extract(2021).write(landing.path / FILE, row_compress=True)
    monkeypatch.setattr(sav_reader, "BYTES_PER_CHUNK", 700)  # two cases
    monkeypatch.setattr(delivery, "PROGRESS_ROWS", 2)
    said: list[str] = []
    load.ingest(landing.con, landing.settings, TUESDAY, said.append)
    assert cells(landing, "* exclude (sha256)") == before
    assert said == [f"landing/{FILE}: {n} of 5 cases read" for n in (2, 4)]


def test_small_file_says_nothing_of_its_progress(landing: Landing) -> None:
    said: list[str] = []
    load.ingest(landing.con, landing.settings, TUESDAY, said.append)
    assert said == []


def test_findings_of_all_chunks_come_in_the_order_of_the_cases(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sav_reader, "BYTES_PER_CHUNK", 700)
    extract = innbygger_extract(2021)
    for case in (1, 4, 5):
        extract.set(case, "alder", 10.0 + case).set(case, "q_personvern", 50.0).set(case, "respondent_id", "same")
    extract.write(landing.path / FILE)
    (refused,) = landing.ingest().refused
    assert [(f.rule, f.row, f.value) for f in refused.findings] == [
        *(("integer_range", case, str(10 + case)) for case in (1, 4, 5)),
        *(("code_not_in_frame", case, "50") for case in (1, 4, 5)),
        *(("duplicate_key", case, "(respondent, not shown)") for case in (4, 5)),
    ]
    assert "case 1, column alder, value '11'" in refused.message
    assert refused.findings[-1].problem == "case 1 has the same key"
    assert "row" not in refused.message


def test_report_keeps_a_thousand_cases_and_counts_all(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sav_reader, "BYTES_PER_CHUNK", 100_000)
    extract = innbygger_extract(2021)
    extract.columns = {name: values * 500 for name, values in extract.columns.items()}
    extract.columns["vekt"] = [-1.0 - n for n in range(2500)]
    extract.write(landing.path / FILE)
    (refused,) = landing.ingest().refused
    assert [finding.row for finding in refused.findings] == list(range(1, 1001))
    assert {finding.rule for finding in refused.findings} == {"negative_number"}
    assert refused.n_findings == 2500 + 2495


@pytest.mark.parametrize("said", [-1, 2**31 - 1])
def test_file_that_does_not_say_how_many_cases_it_has_is_refused(landing: Landing, said: int) -> None:
    # Cut off between two cases, it would look whole.
    file = landing.path / FILE
    file.write_bytes(promising(said)(file.read_bytes()))
    (refused,) = landing.ingest().refused
    assert [finding.rule for finding in refused.findings] == ["no_case_count"]


def test_file_that_kills_its_reader_is_refused_and_the_run_goes_on(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    # pyreadstat dies of some damaged files; what then happens in the process, test_sav_structure shows.
    monkeypatch.setattr(trial, "failure", lambda path: "it dies of it" if path == landing.path / FILE else None)
    outcomes = landing.ingest()
    found = [(finding.rule, finding.problem) for outcome in outcomes.refused for finding in outcome.findings]
    assert found == [("damaged", "the file is damaged: it dies of it")]
    assert landing.statuses()["dfo_innbygger", 2019] == "unchanged"


def test_what_a_file_declares_missing_is_told_as_it_is_declared(tmp_path: Path) -> None:
    file = tmp_path / "a.sav"
    declared = {
        "Alder": [{"lo": 97.0, "hi": 99.0}, -1.0],
        "kjonn": [8.0, 9.0],
        "region": ["x", "y"],
    }
    frame = pd.DataFrame({"Alder": [1.0], "kjonn": [1.0], "region": ["x"], "vekt": [1.0]})
    pyreadstat.write_sav(frame, file, missing_ranges=declared)
    (extract,) = read_sav(file, SURVEY, 2021, Findings(), 1)
    assert {name: sorted(ranges) for name, ranges in extract.declared_missing.items()} == {
        "alder": [(-1.0, -1.0), (97.0, 99.0)],
        "kjonn": [(8.0, 8.0), (9.0, 9.0)],
        "region": [("x", "x"), ("y", "y")],
    }


@pytest.mark.parametrize(
    ("change", "column", "row", "value"),
    [
        ({"text": ["a", "blåbær", "blÃ¥bÃ¦r"]}, "text", 3, "blÃ¥bÃ¦r"),
        ({"text": ["a", "bl\ufffdb", "Ã¸"]}, "text", 2, "bl\ufffdb"),
        ({"column_labels": ["", "Hvor bor du pÃ¥ øya?"]}, "number", None, "Hvor bor du pÃ¥ øya?"),
        ({"variable_value_labels": {"number": {1.0: "Ja", 2.0: "SvÃ¦rt"}}}, "number", None, "2 SvÃ¦rt"),
        ({"names": ["blÃ¥", "number"]}, "blã¥", None, "blÃ¥"),
    ],
)
@pytest.mark.parametrize("has_respondents", [False, True])
def test_letters_that_went_through_a_wrong_encoding_are_refused_once_for_each_variable(
    tmp_path: Path, change: dict, column: str, row: int | None, value: str, has_respondents: bool
) -> None:
    file, findings = tmp_path / "a.sav", Findings(has_respondents=has_respondents)
    frame = pd.DataFrame({"text": change.get("text", ["a", "b", "b"]), "number": [1.0, 2.0, 3.0]})
    frame.columns = change.get("names", list(frame.columns))
    pyreadstat.write_sav(frame, file, **{k: v for k, v in change.items() if k not in {"text", "names"}})
    for extract in read_sav(file, SURVEY, 2021, findings, 1) or []:
        list(extract.chunks)
    (finding,) = findings
    shown = "(respondent, not shown)" if has_respondents and row else value
    assert (finding.rule, finding.column, finding.row, finding.value) == ("encoding", column, row, shown)


def test_file_with_a_variable_without_name_is_refused(landing: Landing) -> None:
    file = landing.path / FILE
    content = file.read_bytes()
    name = content.index(b"VEKT" if b"VEKT" in content else b"vekt")
    file.write_bytes(content[:name] + b"\0\0\0\0" + content[name + 4 :])
    (refused,) = landing.ingest().refused
    assert {finding.rule for finding in refused.findings} <= {
        "damaged",
        "truncated",
        "missing_column",
        "unmapped_column",
    }


def test_ignored_columns_of_respondents_are_not_stored(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    extract = innbygger_extract(2021)
    extract.columns["merknad"] = ["ring 99887766"] * 5
    extract.write(landing.path / FILE)
    row = next(r for r in read_seed("codebook") if r["survey"] == "dfo_innbygger")
    remark = row | {"column_name": "merknad", "role": "ignored", "data_type": "", "is_required": "false"}
    with_remark = [*read_seed("codebook"), remark]
    monkeypatch.setattr(codebook, "read_seed", lambda name: with_remark if name == "codebook" else read_seed(name))
    assert landing.statuses()[WAVE] == "loaded"
    assert [row[0] for row in cells(landing, "merknad")] == [None] * 5


def test_id_in_a_wrong_column_is_not_shown(landing: Landing) -> None:
    extract = innbygger_extract(2021)
    extract.columns["kommunenr"] = extract.columns["respondent_id"]
    extract.write(landing.path / FILE)
    (refused,) = landing.ingest().refused
    shown = [f.value for f in refused.findings if f.column == "kommunenr"]
    assert shown and set(shown) == {"(respondent, not shown)"}


def test_label_and_text_in_windows_1252_are_read_as_such(landing: Landing) -> None:
    file = landing.path / FILE
    text = {"sør": "s\xf8r", "Svært dårlig": "Sv\xe6rt d\xe5rlig", "Svært lett": "Sv\xe6rt lett"}
    delivered = with_encoding(file.read_bytes(), b"windows-1252", 1252)
    for label in {label for labels in innbygger_extract(2021).labels.values() for label in labels.values()}:
        # Labels are padded to whole blocks: the blanks that make up for the letters' length are part of them.
        padding = b" " * (len(label.encode()) - len(label))
        delivered = delivered.replace(label.encode(), label.encode("cp1252", "replace") + padding)
    file.write_bytes(delivered.replace("sør".encode(), text["sør"].encode("cp1252") + b" "))
    assert landing.statuses()[WAVE] == "loaded"
    assert cells(landing, "stratum")[1] == ("sør",)
    assert landing.rows("select encoding from raw.extract_load where wave = 2021") == [("windows-1252",)]


def test_optional_columns_may_be_absent_and_labels_too(landing: Landing) -> None:
    extract = innbygger_extract(2021)
    extract.labels.clear()
    del extract.columns["stratum"], extract.columns["stratum_n"]
    extract.write(landing.path / FILE)
    assert landing.statuses()[WAVE] == "loaded"
    assert set(cells(landing, "stratum, stratum_n")) == {(None, None)}


def test_names_and_order_of_columns_are_free(landing: Landing) -> None:
    landing.ingest()
    before = cells(landing, "* exclude (sha256)")
    extract = innbygger_extract(2021)
    for held in ("columns", "labels", "missing"):
        setattr(extract, held, {name.upper(): value for name, value in reversed(getattr(extract, held).items())})
    extract.write(landing.path / FILE)
    assert landing.statuses(TUESDAY)[WAVE] == "loaded"
    assert cells(landing, "* exclude (sha256)") == before


def test_ids_may_be_numbers(landing: Landing) -> None:
    extract = innbygger_extract(2021)
    extract.columns["respondent_id"] = [17.0, 18.0, 19.0, 20.0, 21.0]
    extract.write(landing.path / FILE)
    assert landing.statuses()[WAVE] == "loaded"
    extract.set(5, "respondent_id", 18.0).write(landing.path / FILE)
    (refused,) = landing.ingest(TUESDAY).refused
    assert [(f.rule, f.row, f.problem) for f in refused.findings] == [("duplicate_key", 5, "case 2 has the same key")]


def test_empty_text_and_number_columns_are_blank(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"text": ["", None], "number": [math.nan, math.nan], "when": pd.to_datetime(["2020-01-01"] * 2)}
    )
    pyreadstat.write_sav(frame, tmp_path / "a.sav")
    (extract,) = read_sav(tmp_path / "a.sav", SURVEY, 2021, Findings(), 1)
    (chunk,) = extract.chunks
    assert chunk.row_numbers.to_pylist() == [1, 2]
    assert [column.to_pylist() for column in chunk.columns] == [["", ""], ["", ""], ["13797216000"] * 2]
    assert extract.text_columns == {"text"}


def test_second_of_two_columns_with_the_very_same_name_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "a.sav"
    pyreadstat.write_sav(pd.DataFrame({"x": [1.0], "q_y": [1.0], "d": [1.0], "q_z": [1.0]}), file)
    file.write_bytes(file.read_bytes().replace(b"Q_Z", b"Q_Y").replace(b"q_z", b"q_y"))
    findings = Findings()
    assert read_sav(file, SURVEY, 2021, findings, 1) is None
    (finding,) = findings
    assert (finding.rule, finding.column, finding.value) == ("duplicate_column", "q_y", "q_y")


def test_file_larger_than_the_limit_is_refused(landing: Landing) -> None:
    landing.settings = replace(landing.settings, max_extract_bytes=1000)
    refused = landing.ingest().refused
    assert [[finding.rule for finding in outcome.findings] for outcome in refused] == [["too_large"]] * 2


def test_file_may_be_cut_anywhere_and_is_never_loaded_in_part(landing: Landing) -> None:
    landing.ingest()
    before = landing.in_use(*WAVE)
    file = landing.path / FILE
    whole = file.read_bytes()
    for length in range(0, len(whole), 97):
        file.write_bytes(whole[:length])
        outcome = next(o for o in landing.ingest(TUESDAY).outcomes if o.wave == 2021)
        assert outcome.status == "quarantined", length
        assert {finding.rule for finding in outcome.findings} <= {"truncated", "file_type", "empty_file"}, length
    assert landing.in_use(*WAVE) == before


@given(st.floats(allow_nan=False))
def test_text_of_a_number_gives_the_same_number_back(number: float) -> None:
    assert float(number_text(number)) == number


@given(st.integers(-(2**53), 2**53))
def test_text_of_a_whole_number_has_no_decimals(number: int) -> None:
    assert number_text(float(number)) == str(number)


def test_text_of_nothing_is_blank_and_of_numbers_beyond_exactness_is_short() -> None:
    assert [number_text(n) for n in (math.nan, -0.0, 0.1, 1e300, math.inf)] == ["", "0", "0.1", "1e+300", "inf"]
    (not_a_number,) = struct.unpack("<d", b"\x01" + b"\xff" * 7)
    assert number_text(not_a_number) == ""
    encoded = sav_reader._numbers(pd.Series(np.array([1.0, math.nan, 2.5, 1.0])))
    assert isinstance(encoded, pa.DictionaryArray)
    assert encoded.to_pylist() == ["1", "", "2.5", "1"]


@pytest.mark.parametrize(
    ("code", "label", "expected"),
    [
        ("0", "0 - Svært dårlig", "Svært dårlig"),
        ("0", " svært  DÅRLIG ", "Svært dårlig"),
        ("0", "0=Svært dårlig.", "Svært dårlig"),
        ("0", "0–Svært dårlig", "Svært dårlig"),
        ("10", "10. Svært godt", "Svært godt"),
        ("5", "5", "5"),
        ("2", "-2", "−2"),
        ("2", "2: –2", "−2"),
        ("5", "+1", "+1"),
        ("2", "200 000 - 349 999 kroner", "200 000–349 999 kroner"),
        ("2", "2) 200000−349999 kroner", "200 000–349 999 kroner"),
        ("3", "Yrkesfag-/eller fagbrev", "Yrkesfag eller fagbrev"),
    ],
)
def test_labels_that_differ_in_writing_only_are_the_same(code: str, label: str, expected: str) -> None:
    assert means_the_same(code, label, expected)


@pytest.mark.parametrize(
    ("code", "label", "expected"),
    [
        ("0", "Svært godt", "Svært dårlig"),
        ("2", "2", "−2"),
        ("2", "+2", "−2"),
        ("3", "1", "−1"),
        ("1", "10", "0"),
        ("2", "−2", "2"),
        ("1", "1", "Svært dårlig"),
        ("2", "200 000-449 999 kroner", "200 000–349 999 kroner"),
    ],
)
def test_labels_that_say_something_else_are_not_the_same(code: str, label: str, expected: str) -> None:
    assert not means_the_same(code, label, expected)
