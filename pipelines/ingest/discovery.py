"""Walk landing/ and say what lies there: the extract of each survey and wave, and what has no place.

Not here: opening a data file (readers) or judging what it holds (validation).
"""

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipelines.common.terminal import without_controls
from pipelines.ingest.codebook import SHARDS, Survey, parts, surveys, waves
from pipelines.ingest.findings import Findings, printable
from pipelines.ingest.provenance import NO_PROVENANCE, SOURCE_FILE, Provenance, read_provenance
from pipelines.ingest.signatures import UNPACK, what_lies_at

# What file managers, office programs and Spark leave behind; nobody delivers these.
SYSTEM_FILES = {"thumbs.db", "desktop.ini", "icon\r", "_success"}
LEFT_BEHIND = re.compile(r"[.~].*|.*~|.*[:.]zone\.identifier", re.IGNORECASE | re.DOTALL)
LIKE_SOURCE = re.compile(r"sources?(\.ya?ml|\.yml)?(\.txt)?", re.IGNORECASE)
CHECKSUMS = re.compile(
    r".*\.(md5|sha1|sha256|sha512|sfv)(\.txt)?|(md5|sha1|sha256|sha512|check)sums?(\.txt)?", re.IGNORECASE
)
LEAVES = "link_leaves_landing"
LAYOUT = "landing/<survey>/<wave>/<data file>, and beside it SOURCE.yml"


@dataclass(frozen=True)
class Place:
    """One place of landing/ that was looked at.

    `folder` is relative to `root`, landing/ ('' for landing/ itself). A place with a `survey`, a `wave` and `files`
    is a delivery to load, unless it has findings. Of one that is not `is_whole`, one of several files is looked at.
    """

    root: Path
    folder: str
    survey: Survey | None = None
    wave: int | None = None
    files: tuple[Path, ...] = ()
    provenance: Provenance = NO_PROVENANCE
    findings: Findings = field(default_factory=Findings)
    is_whole: bool = True

    @property
    def key(self) -> tuple[str, int]:
        """(survey, wave), '' and 0 where the place names none."""
        return self.survey.survey if self.survey else "", self.wave or 0

    @property
    def is_delivery(self) -> bool:
        """Whether there is something to read here."""
        return bool(self.survey and self.wave and self.files)

    @property
    def is_in_shards(self) -> bool:
        """Whether its files are read where they lie, and not loaded."""
        return bool(self.files) and all(format_of(file) == SHARDS for file in self.files)

    @property
    def is_unreadable(self) -> bool:
        """Whether nobody knows what lies here, so that nothing below can be called gone."""
        return any(finding.rule in ("unreadable", LEAVES) for finding in self.findings)


def discover(landing: Path) -> list[Place]:
    """Every wave folder, and every place with something that does not belong there; sorted by path.

    Links within landing/ are followed; one that leaves it is a place with a finding, and nobody looks behind it. A
    folder that cannot be read is a place with a finding, not an empty one.
    Raises FileNotFoundError when landing/ does not exist: an empty landing is data, a missing one a mistake.
    """
    if not landing.is_dir():
        raise FileNotFoundError(f"{landing} does not exist; create it, or point TILSTAND_DATA_DIR to the right folder")
    by_path = {survey.landing_path: survey for survey in surveys()}
    return list(_walk(landing, landing, by_path))


def landing_files(landing: Path) -> list[Path]:
    """Every file below `landing` that is not overlooked, sorted by path; for those who ask whether anything changed.

    Links to folders are followed, except to a folder that holds `landing` or the link itself: that has no end. A link
    that leaves `landing` is listed itself. A folder that cannot be read, or is not there, has no files here;
    discover() says what is wrong with it.
    """
    real = landing.resolve()
    return sorted(_files_below(landing, frozenset(real.parents), real))


def _files_below(path: Path, around: frozenset[Path], landing: Path) -> Iterator[Path]:
    """`path` itself when it is a file; `around` are the folders that lead here, by their real names."""
    try:
        is_outside = leaves(path, landing)
        mode = path.lstat().st_mode if is_outside else path.stat().st_mode
        if is_outside or stat.S_ISREG(mode):
            yield path
        real = path.resolve()
        entries = _delivered_in(path) if stat.S_ISDIR(mode) and real not in around else []
    except OSError:
        return
    for entry in entries:
        yield from _files_below(entry, around | {real}, landing)


def leaves(path: Path, landing: Path) -> bool:
    """Whether `path` is a link out of `landing`, itself by its real name."""
    try:
        return path.is_symlink() and landing not in (path.resolve(), *path.resolve().parents)
    except (OSError, RuntimeError):  # a folder that may not be entered, or a link to itself: whoever reads it says so
        return False


def _walk(folder: Path, landing: Path, by_path: dict[str, Survey]) -> Iterator[Place]:
    """A folder that is no survey: landing/ itself, or a group folder such as the surveys' paths imply."""
    here = Place(landing, relative_name(folder, landing))
    for entry in _entries(folder, here.findings):
        path = relative_name(entry, landing)
        if leaves(entry, landing.resolve()):
            yield _leaving(Place(landing, path, by_path.get(path)), entry)
        elif not _is_folder(entry, otherwise=True):
            _add_stray(here, entry)
        elif path in by_path:
            yield from survey_places(entry, landing, by_path[path])
        elif any(known.startswith(path + "/") for known in by_path):
            yield from _walk(entry, landing, by_path)
        else:
            yield _unknown_survey(landing, path, by_path)
    if here.findings:
        yield here


def survey_places(folder: Path, landing: Path, survey: Survey) -> Iterator[Place]:
    """The waves of a survey's folder below `landing`, and what does not belong there."""
    here = Place(landing, relative_name(folder, landing), survey)
    for entry in _entries(folder, here.findings):
        if leaves(entry, landing.resolve()):
            yield _leaving(Place(landing, relative_name(entry, landing), survey), entry)
        elif _is_folder(entry, otherwise=True):
            yield wave_place(entry, landing, survey, entry.name)
        else:
            _add_stray(here, entry)
    if here.findings:
        yield here


def wave_place(folder: Path, landing: Path, survey: Survey, year: str, only: Path | None = None) -> Place:
    """The delivery in the folder of a wave: all of it, or with `only` one of its files."""
    path, findings = relative_name(folder, landing), Findings()
    if not re.fullmatch(r"[0-9]{4}", year):
        findings.add("wave_name", f"the folder {year} is not named by a year", f"the layout is {LAYOUT}")
        return Place(landing, path, survey, findings=findings)
    wave = int(year)
    if unknown := why_unknown(survey.survey, wave):
        row = f"{survey.survey},{wave}"
        remedy = f"add the row {row} to seeds/codebook/wave.csv, and what its form changes to codebook.csv"
        findings.add("unknown_wave", unknown, remedy)
        return Place(landing, path, survey, wave, findings=findings)
    is_one_of = only is not None and (format_of(only) == SHARDS or len(parts(survey.survey, wave)) > 1)
    is_whole = not is_one_of or (only is not None and format_of(only) == "xlsx")
    here = Place(landing, path, survey, wave, findings=findings, is_whole=is_whole)
    entries = [
        entry
        for entry in _entries(folder, findings)
        if only in (None, entry) or entry.name.lower() == SOURCE_FILE.lower()
    ]
    outside = [entry for entry in entries if leaves(entry, landing.resolve())]
    for entry in outside:
        _leaving(here, entry)
    sources = [entry for entry in entries if entry not in outside and entry.name.lower() == SOURCE_FILE.lower()]
    others = [entry for entry in entries if entry not in outside and entry not in sources]
    beside = [entry for entry in others if _belongs_beside(entry, findings)]
    data = [entry for entry in others if entry not in beside]
    most = 1 if any(format_of(file) == "xlsx" for file in data) else len(parts(survey.survey, wave))
    readable = [file for file in data if format_of(file) in survey.formats]
    of_shards = [file for file in readable if format_of(file) == SHARDS]
    if 0 < len(of_shards) < len(readable):
        problem = f"the folder holds {len(of_shards)} .{SHARDS} files and {len(readable) - len(of_shards)} others"
        remedy = "keep the files of one format: what is in several would be counted twice"
        findings.add("mixed_formats", problem, remedy, value=", ".join(entry.name for entry in readable))
        data = []
    elif len(readable) > most and not survey.is_fetched and not of_shards:  # an answer may come in pieces, too
        names = ", ".join(entry.name for entry in readable)
        problem = f"the folder holds {len(readable)} data files: {names}"
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
    return replace(here, files=files, provenance=provenance)


def why_unknown(survey_id: str, wave: int) -> str:
    """Why nothing can be delivered of a survey and wave; '' where there are such."""
    if survey_id not in (known := [survey.survey for survey in surveys()]):
        return f"there is no survey {survey_id}; there are {', '.join(known)}"
    if wave in waves(survey_id) or survey_of(survey_id).is_fetched:
        return ""
    listed = ", ".join(map(str, waves(survey_id))) or "none"
    return f"the codebook has no rows for {survey_id} {wave} (it knows {listed})"


def survey_of(survey_id: str) -> Survey:
    """The survey of that name, of which why_unknown() has nothing to say."""
    return next(survey for survey in surveys() if survey.survey == survey_id)


def _leaving(place: Place, entry: Path) -> Place:
    """The place with a finding for a link that leaves landing/; what it leads to is neither read nor named."""
    problem = f"{entry.name} is a link that leads out of landing/; what is behind it is not read"
    remedy = "put the file or folder itself into landing/, or link landing/ as a whole"
    place.findings.add(LEAVES, problem, remedy, value=entry.name)
    return place


def _belongs_beside(file: Path, findings: Findings) -> bool:
    """Whether a file is no data, but meant as provenance; that is a finding, since nobody would read it."""
    if LIKE_SOURCE.fullmatch(file.name):
        problem = f"{file.name} is not read; did you mean {SOURCE_FILE}?"
        ending = " (without .txt)" if file.name.lower().endswith(".txt") else ""
        findings.add("source_name", problem, f"rename it to {SOURCE_FILE}{ending}", value=file.name)
        return True
    if CHECKSUMS.fullmatch(file.name):
        problem = f"{file.name} seems to hold checksums, which nobody reads here; did you mean a note in {SOURCE_FILE}?"
        findings.add(
            "checksum_file", problem, f"write it into {SOURCE_FILE}, as note, or keep it elsewhere", value=file.name
        )
        return True
    return False


def _check_type(file: Path, survey: Survey, findings: Findings) -> None:
    """Add a finding for a file that no reader reads, which says what it is."""
    is_folder = _is_folder(file, otherwise=False)
    if not is_folder and format_of(file) in survey.formats:
        return
    known = None if is_folder else what_lies_at(file)
    problem = (
        f"{file.name} is {known}, not a .{survey.file_format} file"
        if known
        else f"{file.name} is not a .{survey.file_format} file"
    )
    way = (
        UNPACK
        if known and known.startswith("a zip archive")
        else "save it as one of them, or take it out of the folder"
    )
    remedy = f"{survey.survey} is delivered as .{survey.file_format} (.{', .'.join(survey.formats)} can be read): {way}"
    findings.add("file_type", problem, remedy, value=file.name)


def format_of(file: Path) -> str:
    """The format that a file's name says, lower case, without the dot."""
    return file.suffix.lower().removeprefix(".")


def unit_of(file: Path) -> str:
    """What a row of a file is called."""
    return "case" if format_of(file) == "sav" else "row"


def _unknown_survey(landing: Path, path: str, by_path: dict[str, Survey]) -> Place:
    findings = Findings()
    findings.add(
        "unknown_survey",
        f"no survey is delivered in landing/{path} (known: {', '.join(by_path)})",
        "correct the folder name, or add the survey to seeds/codebook/survey.csv and codebook.csv",
        value=path,
    )
    return Place(landing, path, findings=findings)


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
        if not LEFT_BEHIND.fullmatch(entry.name) and entry.name.lower() not in SYSTEM_FILES
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
    return "" if relative == "." else without_controls(printable(relative))
