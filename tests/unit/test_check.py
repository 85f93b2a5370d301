"""`python -m pipelines check` says what a run would say, for people and for programs, and leaves everything as it was.

Not here: what is refused and warned of (the other tests of ingest).
"""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.__main__ import main
from pipelines.common.settings import DATA_DIR, PROJECT_DIR, PSEUDONYM_KEY
from pipelines.ingest.check import NothingToCheckError, judge_places, places_at
from tests.unit.extracts import KEY, Landing, innbygger_extract, itip_extract, kommune_extract
from tests.unit.formats import kommune_table

ENTRY = {"survey", "wave", "file", "status", "rows", "findings", "warnings"}
FINDING = {"row", "column", "value", "rule", "problem", "remedy"}
WARNING = {"rule", "problem", "remedy"}
FILE = "ssb_kommune/2022/delivery.csv"


@pytest.fixture
def landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Landing:
    landing = Landing(tmp_path / "data")
    monkeypatch.setenv(DATA_DIR, str(landing.settings.data_dir))
    monkeypatch.setenv(PSEUDONYM_KEY, KEY)
    return landing


def spoiled(landing: Landing, n: int = 1) -> Path:
    """A file with `n` findings."""
    table = kommune_table()
    for row in range(n):
        table.set(row % 5 + 1, f"funksjon_{row // 5 + 1:02}", "7")
    return table.write(landing.path, "csv")


def judged(capsys: pytest.CaptureFixture, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    code = main(["check", "--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def seen(folder: Path) -> dict[str, tuple[int, str]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_json_has_the_keys_that_others_build_on(landing: Landing, capsys: pytest.CaptureFixture) -> None:
    spoiled(landing, 2)
    kommune_extract(2018).write(landing.path / "ssb_kommune/2018/kommuner.csv")
    code, entries = judged(capsys)
    assert code == 1
    assert all(set(entry) == ENTRY for entry in entries)
    accepted, refused = entries
    assert (accepted["survey"], accepted["wave"], accepted["status"], accepted["rows"]) == (
        "ssb_kommune", 2018, "accepted", 5,
    )  # fmt: skip
    assert accepted["findings"] == [] and {frozenset(w) for w in accepted["warnings"]} == {frozenset(WARNING)}
    assert (refused["file"], refused["status"], refused["rows"]) == (FILE, "refused", 5)
    assert [set(finding) for finding in refused["findings"]] == [FINDING] * 2
    assert refused["findings"][0] | {"problem": "", "remedy": ""} == {
        "row": 2, "column": "funksjon_01", "value": "7", "rule": "code_not_in_frame", "problem": "", "remedy": "",
    }  # fmt: skip


@pytest.mark.slow
def test_a_file_a_wave_a_survey_a_landing_and_a_data_directory_can_be_judged(
    landing: Landing, capsys: pytest.CaptureFixture
) -> None:
    landing.fill()
    file = "ssb_kommune/2018/kommuner.csv"
    for path, n in (
        (landing.path / file, 1), ((landing.path / file).parent, 1),
        (landing.path / "ssb_kommune", 2), (landing.path / "international/un_egdi/2018/egdi.csv", 1), (landing.path, 3),
        (landing.settings.data_dir, 3),
    ):  # fmt: skip
        code, entries = judged(capsys, str(path))
        assert (code, len(entries)) == (0, n), path
        assert all((landing.path / entry["file"]).is_file() for entry in entries)
    assert judged(capsys) == judged(capsys, str(landing.path))


def test_file_anywhere_is_judged_by_survey_and_wave(
    landing: Landing, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    file = kommune_extract(2022).write(tmp_path / "Nedlastinger" / "fra ssb.csv")
    (file.parent / "something else.pdf").write_bytes(b"%PDF")
    code, (entry,) = judged(capsys, str(file), "--survey", "ssb_kommune", "--wave", "2022")
    assert (code, entry["file"], entry["wave"]) == (0, "fra ssb.csv", 2022)
    for arguments in (
        [str(file)],
        [str(file), "--survey", "ssb_komune", "--wave", "2022"],
        [str(file), "--survey", "ssb_kommune", "--wave", "2019"],
        [str(tmp_path / "nowhere")],
        [str(file), "--survey", "ssb_kommune"],
        [str(file), "--wave", "2022"],
        ["/dev/null", "--survey", "ssb_kommune", "--wave", "2022"],
    ):
        assert main(["check", *arguments]) == 2, arguments
        said = capsys.readouterr()
        assert said.out == "" and len(said.err.splitlines()) == 1 and "Traceback" not in said.err


def test_one_file_of_a_delivery_of_several_is_judged_alone(landing: Landing, capsys: pytest.CaptureFixture) -> None:
    landing.fill_parts()
    assert judged(capsys, str(landing.path / "digdir/2021/goals.csv"))[0] == 0
    _, entries = judged(capsys, str(landing.path / "digdir/2021"))
    assert [(entry["file"], entry["rows"]) for entry in entries] == [
        ("digdir/2021/goals.csv", 2), ("digdir/2021/key figures.csv", 2),
    ]  # fmt: skip
    (landing.path / "digdir/2021/source.yaml").write_text("", encoding="utf-8")
    code, entries = judged(capsys, str(landing.path / "digdir/2021"))
    assert code == 1
    assert [[finding["rule"] for finding in entry["findings"]] for entry in entries] == [["source_name"]] * 2
    (landing.path / "digdir/2021/source.yaml").unlink()
    (landing.path / "digdir/2021/key figures.csv").unlink()
    code, (entry,) = judged(capsys, str(landing.path / "digdir/2021"))
    assert (code, [finding["rule"] for finding in entry["findings"]]) == (1, ["missing_table"])


def test_warnings_change_the_exit_code_only_where_that_is_asked_for(
    landing: Landing, capsys: pytest.CaptureFixture
) -> None:
    kommune_table().set(1, "folkemengde", "1").write(landing.path, "csv")
    assert main(["check"]) == 0
    assert main(["check", "--strict"]) == 1
    kommune_table().write(landing.path, "csv")
    assert main(["check", "--strict"]) == 0
    assert "accepted, 5 rows" in capsys.readouterr().out


def test_terminal_shows_the_first_ten_findings_one_a_line_and_all_of_them_when_asked(
    landing: Landing, capsys: pytest.CaptureFixture
) -> None:
    spoiled(landing, 12)
    assert main(["check"]) == 1
    heading, *lines, more = capsys.readouterr().out.splitlines()
    assert heading == f"{FILE} (ssb_kommune 2022): refused, 12 findings"
    assert len(lines) == 10 and "2 more" in more and "--all" in more
    assert lines[0].startswith("  row 2, column funksjon_01, value '7': ") and " -> correct the value" in lines[0]
    assert main(["check", "--all"]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 13


def test_all_findings_are_all_of_them(landing: Landing, capsys: pytest.CaptureFixture) -> None:
    table = kommune_table()
    table.rows = [[*table.rows[n % 5][:3], *["x"] * 74] for n in range(20)]
    table.write(landing.path, "csv")
    assert main(["check", "--all"]) == 1
    heading, *lines = capsys.readouterr().out.splitlines()
    n_findings = 20 * 74 + 15
    assert heading.endswith(f"refused, {n_findings} findings")
    assert len([line for line in lines if not line.startswith("  !")]) == n_findings


@pytest.mark.slow
def test_nothing_is_changed_by_looking(landing: Landing, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    landing.fill().fill_innbygger().fill_parts()
    spoiled(landing)
    before = seen(tmp_path)
    main(["check"])
    main(["check", str(landing.path / "dfo_innbygger"), "--strict"])
    capsys.readouterr()
    assert seen(tmp_path) == before
    assert sorted(path.name for path in landing.settings.data_dir.iterdir()) == ["landing"]


@pytest.mark.slow
def test_check_says_what_a_run_says(landing: Landing) -> None:
    landing.fill().fill_innbygger().fill_parts()
    spoiled(landing, 7)
    itip_extract(2021).set("innbygger", 2, "kjonn", 7).write(landing.path / "itip/2021/itip.xlsx")
    (landing.path / "ssb_komune").mkdir()
    places = places_at(landing.path, None, None)
    judgements = {j.file: j for j in judge_places(landing.settings, places)}
    for outcome in landing.ingest().outcomes:
        of_place = [judgements[name] for name in outcome.file.split(", ")]
        assert {j.is_accepted for j in of_place} == {outcome.status == "loaded"}, outcome.file
        assert [f for j in of_place for f in j.findings] == outcome.findings
        assert [w for j in of_place for w in j.warnings] == outcome.warnings
        assert outcome.status != "loaded" or sum(j.rows for j in of_place) == outcome.n_rows


def test_answers_of_respondents_are_masked_as_in_reports(landing: Landing, capsys: pytest.CaptureFixture) -> None:
    extract = innbygger_extract(2021).set(4, "respondent_id", "Respondent-0002")
    extract.set(2, "kommunenr", "Respondent-0003")
    extract.columns["kommunenr"] = [str(value) for value in extract.columns["kommunenr"]]
    extract.write(landing.path / "dfo_innbygger/2021/x.sav")
    assert main(["check", "--json"]) == 1
    said = capsys.readouterr()
    assert main(["check", "--all"]) == 1
    said_to_people = capsys.readouterr()
    assert "duplicate_key" in said.out and "duplicate_key" in said_to_people.out
    for text in (*said, *said_to_people):
        assert "Respondent-" not in text


def test_missing_key_is_a_warning_here_and_hides_nothing(
    landing: Landing, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    innbygger_extract(2021).set(3, "q_personvern", 11.0).write(landing.path / "dfo_innbygger/2021/x.sav")
    monkeypatch.delenv(PSEUDONYM_KEY)
    _, (entry,) = judged(capsys)
    assert [finding["rule"] for finding in entry["findings"]] == ["code_not_in_frame"]
    assert "pseudonym_key" in [warning["rule"] for warning in entry["warnings"]]
    landing.settings = replace(landing.settings, pseudonym_key=None)
    (outcome,) = landing.ingest().outcomes
    assert [finding.rule for finding in outcome.findings] == ["pseudonym_key", "code_not_in_frame"]


def test_fewer_rows_than_the_release_in_force_was_made_from_are_warned_of(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    kommune_table().write(landing.path, "csv")
    monkeypatch.setattr("pipelines.ingest.check.rows_in_force", lambda _: {("ssb_kommune", 2022): 354})
    for path in (landing.path, landing.path / "ssb_kommune/2022", landing.path / FILE):
        (judgement,) = judge_places(landing.settings, places_at(path, None, None))
        (warning,) = judgement.warnings
        assert (warning.rule, "5 rows in place of 354" in warning.problem) == ("fewer_rows", True)


def test_landing_that_is_not_there_cannot_be_judged(landing: Landing, tmp_path: Path) -> None:
    with pytest.raises(NothingToCheckError, match="does not exist"):
        places_at(tmp_path / "landing", None, None)
    assert main(["check", str(landing.path)]) == 1  # nothing is there that could be accepted


@pytest.mark.slow
def test_neither_dagster_nor_dbt_is_loaded(landing: Landing) -> None:
    landing.fill().fill_parts()
    code = (
        "import sys\n"
        "from pipelines.__main__ import main\n"
        "code = main(['check', *sys.argv[1:]])\n"
        "loaded = {name.split('.')[0] for name in sys.modules}\n"
        "print('loaded:', sorted(loaded & {'dagster', 'dagster_dbt', 'dbt', 'scipy', 'pyreadstat'}))\n"
        "sys.exit(code)\n"
    )
    for path in (landing.path, landing.path / "ssb_kommune/2018/kommuner.csv"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)], cwd=PROJECT_DIR, capture_output=True, text=True, check=True
        )
        assert done.stdout.endswith("loaded: []\n"), done.stdout
