"""Walk landing/ and say what lies there: the extract of each survey and wave, and what has no place.

Not here: opening a data file (readers) or judging what it holds (validation).
"""

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.ingest.codebook import Survey, max_files, surveys, waves
from pipelines.ingest.findings import Findings, printable
from pipelines.ingest.provenance import NO_PROVENANCE, SOURCE_FILE, Provenance, read_provenance

# What file managers and office programs leave behind; nobody delivers these.
SYSTEM_FILES = {"thumbs.db", "desktop.ini"}
LAYOUT = "landing/<survey>/<wave>/<data file>, and beside it SOURCE.yml"


@dataclass(frozen=True)
class Place:
    """One place of landing/ that was looked at.

    `folder` is relative to landing/ ('' for landing/ itself). A place with a `survey`, a `wave` and `files`
    is a delivery to load, unless it has findings.
    """

    folder: str
    survey: Survey | None = None
    wave: int | None = None
    files: tuple[Path, ...] = ()
    provenance: Provenance = NO_PROVENANCE
    findings: Findings = field(default_factory=Findings)

    @property
    def is_unreadable(self) -> bool:
        """Whether nobody knows what lies here, so that nothing below can be called gone."""
        return any(finding.rule == "unreadable" for finding in self.findings)


def discover(landing: Path) -> list[Place]:
    """Every wave folder, and every place with something that does not belong there; sorted by path.

    Links to folders are followed. A folder that cannot be read is a place with a finding, not an empty one.
    Raises FileNotFoundError when landing/ does not exist: an empty landing is data, a missing one a mistake.
    """
    if not landing.is_dir():
        raise FileNotFoundError(f"{landing} does not exist; create it, or point TILSTAND_DATA_DIR to the right folder")
    by_path = {survey.landing_path: survey for survey in surveys()}
    return list(_walk(landing, landing, by_path))


def landing_files(landing: Path) -> list[Path]:
    """Every file below `landing` that is not overlooked, sorted by path; for those who ask whether anything changed.

    Links to folders are followed, except to a folder that holds `landing` or the link itself: that has no end.
    A folder that cannot be read, or is not there, has no files here; discover() says what is wrong with it.
    """
    return sorted(_files_below(landing, frozenset(landing.resolve().parents)))


def _files_below(path: Path, around: frozenset[Path]) -> Iterator[Path]:
    """`path` itself when it is a file; `around` are the folders that lead here, by their real names."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            yield path
        real = path.resolve()
        entries = _delivered_in(path) if stat.S_ISDIR(mode) and real not in around else []
    except OSError:
        return
    for entry in entries:
        yield from _files_below(entry, around | {real})


def _walk(folder: Path, landing: Path, by_path: dict[str, Survey]) -> Iterator[Place]:
    """A folder that is no survey: landing/ itself, or a group folder such as the surveys' paths imply."""
    here = Place(relative_name(folder, landing))
    for entry in _entries(folder, here.findings):
        path = relative_name(entry, landing)
        if not _is_folder(entry, otherwise=True):
            _add_stray(here, entry)
        elif path in by_path:
            yield from _survey_places(entry, landing, by_path[path])
        elif any(known.startswith(path + "/") for known in by_path):
            yield from _walk(entry, landing, by_path)
        else:
            yield _unknown_survey(path, by_path)
    if here.findings:
        yield here


def _survey_places(folder: Path, landing: Path, survey: Survey) -> Iterator[Place]:
    here = Place(relative_name(folder, landing), survey)
    for entry in _entries(folder, here.findings):
        if _is_folder(entry, otherwise=True):
            yield _wave_place(entry, landing, survey)
        else:
            _add_stray(here, entry)
    if here.findings:
        yield here


def _wave_place(folder: Path, landing: Path, survey: Survey) -> Place:
    path, findings = relative_name(folder, landing), Findings()
    if not re.fullmatch(r"[0-9]{4}", folder.name):
        findings.add("wave_name", f"the folder {folder.name} is not named by a year", f"the layout is {LAYOUT}")
        return Place(path, survey, findings=findings)
    wave = int(folder.name)
    if wave not in waves(survey.survey):
        known = ", ".join(map(str, waves(survey.survey))) or "none"
        findings.add(
            "unknown_wave",
            f"the codebook has no rows for {survey.survey} {wave} (it knows {known})",
            "add a row per column of the file to seeds/codebook/codebook.csv, with this survey and wave",
        )
        return Place(path, survey, wave, findings=findings)
    entries = _entries(folder, findings)
    sources = [entry for entry in entries if entry.name.lower() == SOURCE_FILE.lower()]
    data = [entry for entry in entries if entry not in sources]
    most = max_files(survey, wave)
    if len(data) > most:
        names = ", ".join(entry.name for entry in data)
        problem = f"the folder holds {len(data)} data files: {names}"
        findings.add("several_files", problem, f"keep {'one' if most == 1 else most}", value=names)
        data = []
    elif not data and not findings:
        findings.add("empty_folder", "the wave folder holds no data file", "put the file there or remove the folder")
    for file in data:
        _check_type(file, survey, findings)
    if len(sources) > 1:
        names = ", ".join(entry.name for entry in sources)
        findings.add("several_files", f"the folder holds {len(sources)} source files: {names}", "keep one", value=names)
    provenance = read_provenance(sources[0], findings) if sources else NO_PROVENANCE
    files = tuple(file for file in data if not _is_folder(file, otherwise=False))
    return Place(path, survey, wave, files, provenance, findings)


def _check_type(file: Path, survey: Survey, findings: Findings) -> None:
    expected = "." + survey.file_format
    if _is_folder(file, otherwise=False) or file.suffix.lower() != expected:
        problem = f"{file.name} is not a {expected} file"
        findings.add("file_type", problem, f"{survey.survey} is delivered as {expected}", value=file.name)


def _unknown_survey(path: str, by_path: dict[str, Survey]) -> Place:
    findings = Findings()
    findings.add(
        "unknown_survey",
        f"no survey is delivered in landing/{path} (known: {', '.join(by_path)})",
        "correct the folder name, or add the survey to seeds/codebook/survey.csv and codebook.csv",
        value=path,
    )
    return Place(path, findings=findings)


def _add_stray(place: Place, file: Path) -> None:
    place.findings.add(
        "stray_file", f"{file.name} lies outside any wave folder", f"the layout is {LAYOUT}", value=file.name
    )


def _entries(folder: Path, findings: Findings) -> list[Path]:
    """What was delivered in a folder, sorted; nothing, with a finding, when the folder cannot be read."""
    try:
        return _delivered_in(folder)
    except OSError as error:
        findings.add(
            "unreadable",
            f"the folder cannot be read ({error.strerror})",
            "let the account that runs this read and enter the folder; what was loaded from it stays in use",
            value=folder.name,
        )
        return []


def _delivered_in(folder: Path) -> list[Path]:
    return sorted(
        entry
        for entry in folder.iterdir()
        if not entry.name.startswith((".", "~$")) and entry.name.lower() not in SYSTEM_FILES
    )


def _is_folder(entry: Path, otherwise: bool) -> bool:
    """Whether it is a folder, or a link to one; `otherwise` where the system does not tell.

    Where waves and surveys are expected that is True: a link into the void, such as a share that is not mounted,
    is then a folder that cannot be read, and what was loaded from it is not taken for removed.
    """
    try:
        return stat.S_ISDIR(entry.stat().st_mode)
    except OSError:
        return otherwise


def relative_name(path: Path, landing: Path) -> str:
    """The path below landing/ with '/', as it is shown and logged; '' for landing/ itself."""
    relative = path.relative_to(landing).as_posix()
    return "" if relative == "." else printable(relative)
