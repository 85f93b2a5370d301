"""Whatever the terminal is, a run goes on to its end; what it shows is one line a thing, without control characters.

Not here: what runs do (tests/integration).
"""

import io
import logging
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.automation.failures import failure_texts
from pipelines.common.progress import IS_PROGRESS, PHASES, ProgressHandler, phase_of, progress, tell
from pipelines.common.settings import PROJECT_DIR
from pipelines.common.terminal import SHOWN, and_more, shortened, without_controls
from pipelines.ingest.findings import Findings
from pipelines.ingest.quarantine import describe, finding_line
from tests.line import environment

NASTY = "a\nb\r\x1b[31m\u202egnp\u2028\x7f\x85\udce5.csv"


def python(code: str, data_dir: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT_DIR,
        env=environment(data_dir) | more,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
    )


# Control characters


def test_control_characters_are_written_out_and_letters_are_kept() -> None:
    assert without_controls(NASTY) == r"a\nb\r\x1b[31m\u202egnp\u2028\x7f\x85\udce5.csv"
    assert without_controls("æøå Ågder «ß» 漢字 e\u0301 👩\u200d👧") == "æøå Ågder «ß» 漢字 e\u0301 👩\u200d👧"


@given(st.text(st.characters()))
def test_no_text_moves_the_cursor_breaks_the_line_or_cannot_be_encoded(text: str) -> None:
    shown = without_controls(text)
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert len(shown.splitlines()) <= 1
    assert without_controls(shown) == shown


# Lists


def listed(n: int) -> list[str]:
    return [f"  row {i}" for i in range(1, n + 1)]


def test_first_ten_of_each_list_are_shown_and_the_rest_is_counted() -> None:
    text = "\n".join(["one:", *listed(22), "where", "", "two:", *listed(3), "where"])
    expected = ["one:", *listed(SHOWN), "  ... and 12 more", "where", "", "two:", *listed(3), "where"]
    assert shortened(text).split("\n") == expected


def test_what_was_left_out_before_is_counted_too() -> None:
    text = "\n".join(["one:", *listed(1000), and_more(500)])
    assert shortened(text).split("\n") == ["one:", *listed(SHOWN), "  ... and 1490 more"]


@pytest.mark.parametrize("n", [0, 1, SHOWN])
def test_short_list_stays_as_it_is(n: int) -> None:
    text = "\n".join(["one:", *listed(n), "where"])
    assert shortened(text) == text


def test_finding_is_one_line_with_its_place_and_its_remedy() -> None:
    findings = Findings(file="survey/a.csv")
    findings.at(row=6, column="x\x1b[1m").add("a_rule", "not a\nnumber", "correct it", value="3\n5")
    (finding,) = findings
    expected = r"row 6, column x\x1b[1m, value '3\n5': not a\nnumber (a_rule) -> correct it"
    assert finding_line(finding, "survey/a.csv") == expected
    assert finding_line(finding, "survey").startswith("survey/a.csv, row 6")


def test_findings_of_a_file_are_listed_below_its_name() -> None:
    findings = Findings(file="survey/a.csv")
    for row in range(1200):
        findings.at(row=row + 2).add("a_rule", "wrong", "correct it")
    lines = describe("survey/a.csv", findings, Path("report.csv"), None).split("\n")
    assert lines[0] == "landing/survey/a.csv was refused, 1200 findings:"
    assert lines[1] == "  row 2: wrong (a_rule) -> correct it"
    assert len(lines) == 1 + 1000 + 2
    assert lines[-2:] == [
        "  ... and 200 more",
        "Full report: report.csv. No earlier load of this wave: nothing of it is in use.",
    ]


def test_failure_is_told_in_short() -> None:
    @dg.op
    def refuse() -> None:
        raise dg.Failure("\n".join(["refused:", *listed(22)]))

    @dg.job
    def a_job() -> None:
        refuse()

    result = a_job.execute_in_process(instance=dg.DagsterInstance.ephemeral(), raise_on_error=False)
    assert failure_texts(result.all_events) == ["\n".join(["refuse: refused:", *listed(SHOWN), "  ... and 12 more"])]


# Streams of any kind


class Gone(io.StringIO):
    """A pipe that nobody reads any more."""

    def write(self, _: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")


def closed() -> io.StringIO:
    stream = io.StringIO()
    stream.close()
    return stream


def shows(stream: object, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "__stdout__", stream)
    record = logging.LogRecord("progress", logging.INFO, "", 0, "", None, None)
    record.dagster_meta = {"orig_message": text}
    setattr(record, IS_PROGRESS, True)
    ProgressHandler().handle(record)


@pytest.mark.parametrize("stream", [None, closed(), Gone()], ids=["none", "closed", "gone"])
def test_no_stream_stops_an_asset(stream: object, monkeypatch: pytest.MonkeyPatch) -> None:
    shows(stream, monkeypatch, "Ålesund")
    assert sys.__stdout__ is stream


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("ascii", rb"  \xc5lesund \u2026 a\x1b[0m"),
        ("latin-1", b"  \xc5lesund \\u2026 a\\x1b[0m"),
        ("utf-8", "  Ålesund … a\\x1b[0m".encode()),
    ],
)
def test_letter_that_a_console_lacks_is_written_out(
    encoding: str, expected: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.BytesIO()
    shows(io.TextIOWrapper(written, encoding=encoding), monkeypatch, "Ålesund … a\x1b[0m")
    assert written.getvalue() == expected + b"\n"


SAYS_MUCH = """
import sys
from pipelines.common.terminal import take_over
take_over()
for number in range(10_000):
    print(number, "\\u00e5 \\u2026 \\x1b[31m")
print("to its end", file=sys.stderr)
sys.exit(3)
"""


def test_command_goes_on_to_its_end_when_nobody_reads_it(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    command = [sys.executable, "-c", SAYS_MUCH]
    process = subprocess.Popen(command, cwd=PROJECT_DIR, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    os.close(reader)
    assert (process.communicate()[1], process.returncode) == ("to its end\n", 3)


def test_command_goes_on_to_its_end_without_any_output(tmp_path: Path) -> None:
    command = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", sys.executable, "-c", SAYS_MUCH]
    assert subprocess.run(command, cwd=PROJECT_DIR).returncode == 3


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_command_says_everything_on_a_console_that_lacks_letters(encoding: str, tmp_path: Path) -> None:
    done = python(SAYS_MUCH, tmp_path, PYTHONIOENCODING=encoding)
    assert (done.stderr, done.returncode) == ("to its end\n", 3)
    assert len(done.stdout.splitlines()) == 10_000
    assert r"\u2026 \x1b[31m" in done.stdout


# Phases, and what is loaded when

FIRST_WORDS = """
import os, sys
from pipelines.__main__ import main
class First:
    def write(self, text):
        os.write(2, (text + " ".join(sorted({name.split(".")[0] for name in sys.modules}))).encode())
        os._exit(0)
sys.stdout = First()
main(["run"])
"""


def test_run_says_its_first_line_before_it_loads_anything_large(tmp_path: Path) -> None:
    said = python(FIRST_WORDS, tmp_path).stderr
    assert said.startswith(f"digital-tilstand: looking for what is new in {tmp_path}")
    assert set(said.split()) & {"dagster", "dagster_dbt", "dbt", "duckdb", "pandas", "pyarrow"} == set()


def test_report_loads_neither_dagster_nor_dbt(tmp_path: Path) -> None:
    code = "import sys; from pipelines.__main__ import main; main(['report']); print(*sys.modules)"
    loaded = {name.split(".")[0] for name in python(code, tmp_path).stdout.split()}
    assert "pipelines" in loaded
    assert loaded & {"dagster", "dagster_dbt", "dbt"} == set()


def run_and_show(assets: list[dg.AssetsDefinition], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What the terminal shows of a run of these assets, by lines; standard output has to be that of the test."""
    job = dg.define_asset_job("a_job", selection=dg.AssetSelection.all())
    defs = dg.Definitions(assets=assets, jobs=[job], loggers={"progress": progress})
    defs.resolve_job_def("a_job").execute_in_process(
        instance=dg.DagsterInstance.ephemeral(), run_config={"loggers": {"progress": {"config": {}}}}
    )
    return capsys.readouterr().out.splitlines()


def test_terminal_shows_what_a_step_tells_and_nothing_that_is_logged_beside(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @dg.asset(key=["raw", "a"])
    def speaks(context: dg.AssetExecutionContext) -> None:
        context.log.info("  of a library")
        tell(context, "half of it is read")
        tell(context, "first line\n    second", logging.WARNING)

    monkeypatch.setattr(sys, "__stdout__", sys.stdout)
    phase, *said, made = run_and_show([speaks], capsys)
    assert phase == "2 of 6: raw" and made.startswith("  raw          a ")
    assert said == ["  half of it is read", "  first line", "    second"]


def test_phases_are_announced_once_each_in_their_order(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = [["landing", "a"], ["raw", "b"], ["staging", "c"], ["marts", "d"], ["indicators", "e"]]
    keys += [["indicators", "reconciliation"], ["published", "f"]]
    assets: list[dg.AssetsDefinition] = []
    for key in keys:

        @dg.asset(key=key, deps=assets[-1:])
        def made() -> None:
            pass

        assets.append(made)
    monkeypatch.setattr(sys, "__stdout__", sys.stdout)
    announced = [line for line in run_and_show(assets, capsys) if not line.startswith(" ")]
    assert announced == [
        "1 of 6: seeds, landing",
        "2 of 6: raw",
        "3 of 6: staging, harmonised, marts",
        "4 of 6: indicators",
        "5 of 6: reconciliation, statement_reconciliation",
        "6 of 6: published",
    ]
    assert [phase_of(dg.AssetKey(key)) for key in keys] == [1, 2, 3, 3, 4, 5, 6]
    assert len(PHASES) == 6
