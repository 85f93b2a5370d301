"""Every broken delivery is refused with a report a data steward can act on, and harms nothing else.

Not here: what is accepted (test_ingest_load).
"""

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.common.seeds import read_seed
from pipelines.ingest import codebook
from pipelines.ingest.discovery import LEAVES
from pipelines.ingest.findings import Findings
from pipelines.ingest.quarantine import write_report
from pipelines.ingest.raw_tables import refusals
from tests.unit.broken_extracts import CATALOGUE, KOMMUNE, Broken
from tests.unit.extracts import TUESDAY, Kept, Landing, kommune_extract

pytestmark = pytest.mark.slow  # each test loads: a tenth of a second or more

WAVES = {
    ("ssb_kommune", 2018): "ssb_kommune/2018",
    ("ssb_kommune", 2022): "ssb_kommune/2022",
    ("un_egdi", 2018): "international/un_egdi/2018",
}
OF_PARTS = {
    ("itip", 2020): "itip/2020",
    ("itip", 2021): "itip/2021",
    ("digdir", 2021): "digdir/2021",
    ("egov_benchmark", 2023): "international/egov_benchmark/2023",
}
INNBYGGER_WAVES = {("dfo_innbygger", 2019): "dfo_innbygger/2019", ("dfo_innbygger", 2021): "dfo_innbygger/2021"}


Begin = Callable[[Callable[[Landing], Landing]], Landing]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> dict[Callable[[Landing], Landing], Kept]:
    """{what fills a landing: it filled, and loaded once without a finding}."""
    found = {}
    for fill in (Landing.fill, Landing.fill_innbygger, Landing.fill_parts):
        landing = fill(Landing(tmp_path_factory.mktemp("kept")))
        assert set(landing.statuses().values()) == {"loaded"}
        found[fill] = landing.keep()
    return found


@pytest.fixture
def begin(kept: dict[Callable[[Landing], Landing], Kept], tmp_path: Path) -> Begin:
    """Begin with a landing that is filled and loaded."""
    return lambda fill: kept[fill].begin(tmp_path / "data")


@pytest.fixture
def landing(begin: Begin) -> Landing:
    return begin(Landing.fill)


@pytest.mark.parametrize("broken", CATALOGUE, ids=lambda broken: broken.name)
def test_broken_delivery_is_refused_and_everything_else_goes_on(begin: Begin, broken: Broken) -> None:
    if broken.folder in INNBYGGER_WAVES.values():
        waves, fill = INNBYGGER_WAVES, Landing.fill_innbygger
    elif broken.folder in OF_PARTS.values():
        waves, fill = OF_PARTS, Landing.fill_parts
    else:
        waves, fill = WAVES, Landing.fill
    landing = begin(fill)
    before = {wave: landing.in_use(*wave) for wave in waves}
    broken.spoil(landing.path)
    others = [wave for wave, folder in waves.items() if folder != broken.folder]
    for wave in others:
        (landing.path / waves[wave] / "SOURCE.yml").write_text("note: delivered again", encoding="utf-8")

    result = landing.ingest(TUESDAY)

    outcomes = {(outcome.survey, outcome.wave): outcome for outcome in result.outcomes}
    (refused,) = result.refused
    assert refused.report == landing.settings.quarantine / broken.folder / "report.csv"
    expected = {"rule": broken.rule, "row": broken.row, "column": broken.column, "value": broken.value}
    expected["sheet"] = broken.sheet
    report = landing.report(broken.folder)
    found = [row for row in report if {key: row[key] for key in expected} == expected]
    assert found, report
    assert broken.says in found[0]["problem"]
    assert all(row["file"].startswith(refused.file) for row in report)  # of several files, each finding names its own
    assert all(row["remedy"] for row in report[:-1])
    assert (report[-1]["rule"], report[-1]["value"]) == ("total", str(refused.n_findings))
    assert broken.rule in refused.message
    assert str(refused.report) in refused.message
    for wave in waves:
        if wave in others:
            assert outcomes[wave].status == "loaded"
            assert len(landing.in_use(*wave)[0]) == len(before[wave][0])
        else:
            assert outcomes[wave].status == "quarantined"
            assert landing.in_use(*wave) == before[wave]
            assert before[wave][1][0][3][:12] in outcomes[wave].message  # the sha256 of what stays in use
            assert "2026-03-02 08:00 UTC" in outcomes[wave].message


def test_catalogue_has_a_delivery_for_every_rule_in_the_code() -> None:
    modules = [path for path in Path(codebook.__file__).parent.glob("*.py") if not path.name.startswith("template")]
    source = "".join(path.read_text(encoding="utf-8") for path in modules)
    found = re.findall(r"(?:\.add\(|return \(?|or \(|else|wrong\[\"\"\] = \()\s*\"([a-z_]+)\",", source)
    found += re.findall(r"\"([a-z_]+)\" if is_cut", source)
    assert len(set(found)) >= 25
    # These have tests of their own, here and in test_ingest_pseudonyms.
    others = {"too_large", "changed_meanwhile", "pseudonym_key", "no_case_count", "damaged", "orgnr", "country_name"}
    others |= {"forgotten", "stale_correction"}  # test_forget, test_corrections
    others |= {"missing_need", "several_sheets"}  # also test_countries, test_ingest_formats, test_ingest_xlsx
    others |= {"period"}  # also test_official_statistics
    others |= {"corrected_shards", "shard_columns", "too_large_unpacked"}  # test_ingest_shards, test_ingest_xlsx
    # What is wrong with a cell of a workbook stands in a table of xlsx_reader.
    in_tables = {"formula", "merged_cells", "cell_type", LEAVES}
    assert set(found) | in_tables == {broken.rule for broken in CATALOGUE} | others


def test_file_larger_than_the_limit_is_refused_unread(landing: Landing) -> None:
    file = kommune_extract(2018).set(2, "kommunenavn", "x" * 5000).write(landing.path / KOMMUNE / "kommuner.csv")
    landing.settings = replace(landing.settings, max_extract_bytes=4000)
    before = landing.in_use("ssb_kommune", 2018)
    assert len(landing.ingest(TUESDAY).refused) == 1
    (row, total) = landing.report(KOMMUNE)
    assert (row["rule"], row["value"]) == ("too_large", str(file.stat().st_size))
    assert total["value"] == "1"
    assert landing.in_use("ssb_kommune", 2018) == before
    query = "select n_rows, encoding, size_bytes from raw.extract_load where status = 'quarantined'"
    assert landing.rows(query) == [(None, None, file.stat().st_size)]


def test_negative_number_is_refused_where_the_codebook_says_so(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        {**row, "data_type": "non_negative_number"} if row["column_name"] == "e-gov-index" else row
        for row in read_seed("codebook")
    ]
    monkeypatch.setattr(codebook, "read_seed", lambda name: rows if name == "codebook" else read_seed(name))
    file = landing.path / "international" / "un_egdi" / "2018" / "egdi.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("0.89", "-0.89"), encoding="utf-8")
    (refused,) = landing.ingest().refused
    (finding,) = refused.findings
    assert (finding.rule, finding.row, finding.value) == ("negative_number", 2, "-0.89")


def test_report_keeps_a_thousand_findings_and_counts_all(landing: Landing) -> None:
    extract = kommune_extract(2018)
    extract.rows = [[*extract.rows[0][:3], *["x"] * 74] for _ in range(100)]
    extract.write(landing.path / KOMMUNE / "kommuner.csv")
    (refused,) = landing.ingest(TUESDAY).refused
    report = landing.report(KOMMUNE)
    n_all = 100 * 74 + 99  # every answer is no code, and all rows but the first repeat the kommune
    assert len(report) == 1001
    assert report[-1]["value"] == str(n_all)
    assert refused.n_findings == n_all
    assert f"{n_all} findings" in refused.message


@pytest.mark.parametrize("value", ["=1+1", "@SUM(1)", "+1+1", "-1+1", "-x", "\t=1+1", "\rx", "\nx", "\t12"])
def test_refused_value_does_not_run_as_a_formula_in_the_report(landing: Landing, value: str) -> None:
    kommune_extract(2018).set(3, "folkemengde", value).write(landing.path / KOMMUNE / "kommuner.csv", "utf-8")
    landing.ingest()
    assert landing.report(KOMMUNE)[0]["value"] == "'" + value


def test_blanks_before_a_formula_do_not_hide_it_and_numbers_stay_numbers(tmp_path: Path) -> None:
    values = {" =1+1": "' =1+1", "-12": "-12", "+1,5": "+1,5", " -12": " -12", "- 12": "'- 12", "": ""}
    findings = Findings()
    for value in values:
        findings.add("number", "no number", "correct it", value=value)
    with write_report(tmp_path, "a", "a.csv", findings).open(encoding="utf-8-sig", newline="") as file:
        assert [row["value"] for row in csv.DictReader(file)][:-1] == list(values.values())


def test_name_of_a_file_does_not_run_as_a_formula_in_any_row_of_the_report(landing: Landing) -> None:
    (landing.path / "=1+1").mkdir()
    landing.ingest()
    finding, total = landing.report("=1+1")
    assert finding["file"] == finding["value"] == total["file"] == "'=1+1"
    assert total["rule"] == "total"


def test_file_name_in_a_foreign_encoding_does_not_stop_the_run(landing: Landing) -> None:
    name = b"kommuner p\xe5 \xf8ya.txt".decode("utf-8", "surrogateescape")
    (landing.path / KOMMUNE / "kommuner.csv").rename(landing.path / KOMMUNE / name)
    (refused,) = landing.ingest().refused
    assert refused.file == "ssb_kommune/2018/kommuner p? ?ya.txt"


def test_raw_knows_what_the_last_ingest_refused_and_nothing_older(landing: Landing) -> None:
    broken = kommune_extract(2018).set(3, "sky", "3").write(landing.path / KOMMUNE / "kommuner.csv")
    (landing.path / "ukjent.csv").write_text("x", encoding="utf-8")
    for _ in range(2):
        result = landing.ingest(TUESDAY)
        assert len(result.refused) == 2
        assert refusals(landing.con) == [refused.message for refused in result.refused]
    logged = landing.rows("select survey, wave, file_name from raw.refusal order by rowid")
    assert logged == [("ssb_kommune", 2018, f"{KOMMUNE}/kommuner.csv"), (None, None, "")]
    (landing.path / "ukjent.csv").unlink()
    kommune_extract(2018).write(broken)
    landing.ingest(TUESDAY)
    assert refusals(landing.con) == []


def test_finding_has_the_place_at_which_it_was_added_and_is_among_all() -> None:
    delivery = Findings()
    a, b = (delivery.at(file=name) for name in ("a.sav", "b.csv"))
    a.at(part="s", row=3, column="x", unit="case").add("a_rule", "wrong", "correct it", "7")
    b.warn("odd", "unlikely", "look")
    b.count(2)
    apart = b.beside()
    apart.add("b_rule", "wrong too", "correct it")
    assert (len(delivery), list(b), len(apart)) == (3, list(delivery), 1)
    b.take(apart)
    place = [(f.file, f.part, f.unit, f.row, f.column, f.value) for f in delivery]
    assert place == [("a.sav", "s", "case", 3, "x", "7"), ("b.csv", "", "row", None, "", "")]
    assert delivery.of_file == {"a.sav": 1, "b.csv": 3}
    assert [(w.file, w.rule) for w in delivery.warnings] == [("b.csv", "odd")]


def test_first_refusal_says_that_nothing_is_in_use(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "data")
    kommune_extract(2018).set(3, "sky", "3").write(landing.path / KOMMUNE / "kommuner.csv")
    (refused,) = landing.ingest().refused
    assert "nothing of it is in use" in refused.message
    assert "row 3, column sky, value '3'" in refused.message
    assert landing.rows("select count(*) from raw.ssb_kommune") == [(0,)]
