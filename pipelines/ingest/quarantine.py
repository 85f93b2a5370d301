"""Say what is wrong with a refused file: report.csv for a spreadsheet, a line for each finding for people.

Not here: deciding that a file is refused, and moving it (it stays where it was delivered).
"""

import csv
import io
import os
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from pipelines.common.terminal import INDENT, and_more, without_controls
from pipelines.common.warehouse import make_private_folder
from pipelines.ingest.findings import Finding, Findings, Warned

NEVER = " No earlier load of this wave: nothing of it is in use."
LOST = " The files that were in use are others now, and no copy of them is kept: nothing of it is in use."
NO_WAVE = ""  # where nothing could have been in use
REPORT_NAME = "report.csv"
DELIMITERS, MOST_BYTES_OF_NAMES = ";\t,", 200  # of a report that a spreadsheet may have saved
REPORT_COLUMNS = ("file", "sheet", "row", "column", "value", "rule", "problem", "remedy")


def write_report(quarantine: Path, folder: str, file: str, findings: Findings) -> Path:
    """Write `quarantine/<folder>/report.csv` (UTF-8 with BOM, comma) whole, and return its path.

    One row per finding kept, and a last row with rule 'total' and the number of all findings as value.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(REPORT_COLUMNS)
    for f in findings:
        cells = (f.file or file, f.part, f.row or "", f.column, f.value, f.rule, f.problem, f.remedy)
        writer.writerow(_inert(cells))
    listed = f"{findings.total} in all, {len(findings.kept)} of them listed above"
    writer.writerow(_inert((file, "", "", "", findings.total, "total", listed, "")))
    report = report_of(quarantine, folder)
    if not quarantine.exists():  # whoever opens it to others later has reasons
        make_private_folder(quarantine)
    report.parent.mkdir(parents=True, exist_ok=True)
    aside = report.with_name(f".{REPORT_NAME}.{os.getpid()}")
    aside.write_bytes(text.getvalue().encode("utf-8-sig"))
    os.replace(aside, report)  # noqa: PTH105 - named so in the architecture; never a half-written report
    return report


def report_of(quarantine: Path, folder: str) -> Path:
    """Where the report on a folder of landing/ lies, if there is one."""
    return quarantine / folder / REPORT_NAME


def reports(quarantine: Path) -> list[Path]:
    """Those that lie there, also where people saved one with a program of theirs; no file of others by that name."""
    return sorted(report for report in quarantine.rglob(REPORT_NAME) if _columns(report)[0] == REPORT_COLUMNS)


def summary(report: Path) -> str:
    """Which file a report is about, and how many findings there are."""
    _, delimiter = _columns(report)
    text = report.read_bytes().decode("utf-8-sig", errors="replace")
    *_, last = csv.DictReader(io.StringIO(text, newline=""), REPORT_COLUMNS, delimiter=delimiter)
    return f"{last['file']}, findings: {last['value']}" if last["rule"] == "total" else f"{report}, without its end"


def clear_reports(quarantine: Path, keep: set[Path]) -> None:
    """Remove the reports of what is no longer refused, and the folders that this leaves empty; no file of others."""
    for report in reports(quarantine):
        if report in keep:
            continue
        report.unlink()
        folder = report.parent
        while folder != quarantine and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent


def _columns(report: Path) -> tuple[tuple[str, ...], str]:
    """The columns that a file names, and what stands between them: spreadsheets write another sign, and quotes."""
    try:
        with report.open("rb") as file:
            first = file.readline(MOST_BYTES_OF_NAMES).decode("utf-8-sig", errors="replace")
    except OSError:
        return (), ","
    delimiter = next((sign for sign in DELIMITERS if sign in first), ",")
    return tuple(name.strip().strip('"') for name in first.split(delimiter)), delimiter


def describe(
    file: str,
    findings: Findings,
    report: Path,
    previous: tuple[str, datetime] | None,
    otherwise: str = NEVER,
) -> str:
    """What is wrong, for people: a heading, a line for each finding kept, and what stays in use.

    `previous` is (sha256, loaded_at) of that load; where there is none, `otherwise` says why: NEVER, LOST or NO_WAVE.
    """
    lines = [INDENT + finding_line(finding, file) for finding in findings]
    if findings.total > len(lines):
        lines.append(and_more(findings.total - len(lines)))
    return "\n".join([f"{heading(file, findings.total)}:", *lines, _what_now(report, previous, otherwise)])


def heading(file: str, n_findings: int) -> str:
    """That a file was refused, and for how many findings."""
    number = "1 finding" if n_findings == 1 else f"{n_findings} findings"
    return f"landing/{file} was refused, {number}"


def finding_line(finding: Finding, file: str) -> str:
    """A finding with its remedy in one line; `file` is named already."""
    where = [finding.file] if finding.file not in ("", file) else []
    where += [f"sheet {finding.part}"] if finding.part else []
    where += [f"{finding.unit} {finding.row}"] if finding.row else []
    where += [f"column {finding.column}"] if finding.column else []
    where += [f"value '{finding.value}'"] if finding.value else []
    text = f"{', '.join(where)}{': ' if where else ''}{finding.problem} ({finding.rule})"
    return without_controls(f"{text} -> {finding.remedy}" if finding.remedy else text)


def warning_line(warned: Warned) -> str:
    """A warning with its remedy in one line; its file is named already."""
    sheet = f"sheet {warned.part}: " if warned.part else ""
    text = f"{sheet}{warned.problem} ({warned.rule})"
    return without_controls(f"{text} -> {warned.remedy}" if warned.remedy else text)


def _what_now(report: Path, previous: tuple[str, datetime] | None, otherwise: str) -> str:
    text = f"Full report: {report}."
    if previous is None:
        return text + otherwise
    sha256, loaded_at = previous
    return text + f" The load of {loaded_at:%Y-%m-%d %H:%M} UTC (sha256 {sha256[:12]}) stays in use."


def _inert(cells: Iterable[object]) -> list[str]:
    """No cell may run as a formula in the spreadsheet that opens the report: values and names are delivered."""
    return ["'" + cell if _may_run(cell) else cell for cell in map(str, cells)]


def _may_run(cell: str) -> bool:
    # Spreadsheets drop blanks, and split pasted text at tabs and line breaks; what follows would run.
    bare = cell.lstrip()
    is_number = re.fullmatch(r"[+-]?[0-9.,]+", bare)
    return cell.startswith(("\t", "\r", "\n")) or (bare.startswith(("=", "+", "-", "@")) and not is_number)
