"""Judge deliveries without a run: nothing is loaded, changed or left behind.

Not here: how they are judged (delivery), and what the command line shows of it (pipelines/__main__.py).
"""

import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.common.in_force import rows_in_force
from pipelines.common.settings import LOCAL, PSEUDONYM_KEY, Settings
from pipelines.common.terminal import INDENT, SHOWN, and_more, without_controls
from pipelines.common.warehouse import BuildDatabaseBusyError, open_build
from pipelines.ingest.codebook import Survey, surveys
from pipelines.ingest.delivery import Before, Tell, look_at_delivery
from pipelines.ingest.discovery import (
    Place,
    discover,
    relative_name,
    survey_of,
    survey_places,
    unit_of,
    wave_place,
    why_unknown,
)
from pipelines.ingest.findings import Finding, Warned
from pipelines.ingest.forgotten import Forgotten, forgotten, refuse_forgotten
from pipelines.ingest.quarantine import finding_line, warning_line
from pipelines.ingest.raw_tables import ensure_tables, replacing_wave
from pipelines.ingest.sav_trial import trial

ACCEPTED, REFUSED = "accepted", "refused"


class NothingToCheckError(ValueError):
    """It cannot be told what is to be checked; the message says what to add."""


@dataclass(frozen=True)
class Judgement:
    """What a run would do with a file of landing/, or a place where there is none that it could read.

    `rows` are None where they could not all be read. `findings` are the first 1,000 of `n_findings` of the delivery.
    """

    survey: str | None
    wave: int | None
    file: str
    status: str
    rows: int | None
    findings: list[Finding]
    warnings: list[Warned]
    n_findings: int

    @property
    def is_accepted(self) -> bool:
        return self.status == ACCEPTED

    def as_json(self) -> dict[str, Any]:
        """One entry of the list that `check --json` prints; others build on its keys."""
        finding_keys, warning_keys = (
            ("row", "column", "value", "rule", "problem", "remedy"),
            ("rule", "problem", "remedy"),
        )
        return {
            "survey": self.survey,
            "wave": self.wave,
            "file": self.file,
            "status": self.status,
            "rows": self.rows,
            "findings": [_entry(finding, finding_keys) for finding in self.findings],
            "warnings": [_entry(warned, warning_keys) for warned in self.warnings],
        }


def judgement_lines(judgement: Judgement, is_all: bool = False) -> list[str]:
    """What a terminal shows of a judgement: a heading, then a line for each finding and each warning."""
    name = f"{judgement.survey} {judgement.wave}" if judgement.survey and judgement.wave else judgement.survey
    lines = [f"{without_controls(judgement.file or 'landing')}{f' ({name})' if name else ''}: {_verdict(judgement)}"]
    shown = judgement.findings if is_all else judgement.findings[:SHOWN]
    lines += [INDENT + finding_line(finding, judgement.file) for finding in shown]
    if judgement.n_findings > len(shown):
        hint = "" if is_all else "; --all lists them"
        lines.append(and_more(judgement.n_findings - len(shown)) + hint)
    return lines + [f"{INDENT}! {warning_line(warned)}" for warned in judgement.warnings]


def _verdict(judgement: Judgement) -> str:
    rows = "" if judgement.rows is None else f", {judgement.rows} {unit_of(Path(judgement.file))}s"
    if judgement.is_accepted:
        return ACCEPTED + rows
    if not judgement.n_findings:
        return f"{REFUSED} with the other file of its folder"
    return f"{REFUSED}, {judgement.n_findings} finding{'' if judgement.n_findings == 1 else 's'}"


def _entry(said: Finding | Warned, keys: tuple[str, ...]) -> dict[str, Any]:
    entry = {key: getattr(said, key) for key in keys}
    return entry | ({"problem": f"sheet {said.part}: {said.problem}"} if said.part else {})


def judge_places(
    settings: Settings, places: list[Place], tell: Tell = lambda _: None, is_all: bool = False
) -> list[Judgement]:
    """Judge every place, in order; with `is_all` every finding is kept."""
    in_force, gone = rows_in_force(settings), _forgotten(settings, tell)
    if is_all:
        places = [replace(place, findings=place.findings.at(most=sys.maxsize)) for place in places]
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        con.execute("set memory_limit = ?", [settings.memory_limit])
        con.execute("set temp_directory = ?", [folder])
        ensure_tables(con)
        judge = _Judge(con, settings, gone, tell, Path(folder))
        try:
            return [judgement for place in places for judgement in judge.of(place, {None: in_force.get(place.key, 0)})]
        finally:
            trial.end()


def _forgotten(settings: Settings, tell: Tell) -> list[Forgotten]:
    """What a run would refuse because it was forgotten; the build database knows, if there is one that can be read."""
    if not settings.build_db.exists():
        return []
    try:
        with open_build(settings.build_db, read_only=True) as con:
            return forgotten(con)
    except (BuildDatabaseBusyError, duckdb.Error) as error:
        tell(f"! whether a file was forgotten is not looked at: {error}")
        return []


@dataclass(frozen=True)
class _Judge:
    """Judges places one after another: in `con`, and of what was forgotten (`gone`) as a run would.

    Below `folder`, something is left for a while.
    """

    con: duckdb.DuckDBPyConnection
    settings: Settings
    gone: Sequence[Forgotten]
    tell: Tell
    folder: Path

    def of(self, place: Place, before: Before) -> Iterator[Judgement]:
        """One judgement for each file of the place; they are accepted together, or not at all."""
        findings = place.findings
        rows: dict[str, int | None] = {place.folder: None}
        if place.is_delivery:
            delivery = look_at_delivery(self.settings, place, datetime.now(UTC).replace(tzinfo=None))
            rows = {relative_name(file, place.root): None for file in place.files}
            if delivery is not None:
                # By processes of this machine, and what they leave for a while is in no place of a run.
                delivery.settings = replace(self.settings, data_dir=self.folder, runner=LOCAL)
                for was in self.gone:
                    refuse_forgotten(was, delivery)
                with replacing_wave(self.con, *place.key) as load:
                    delivery.read_into(load, before, self.tell)
                rows = {record.file_name: record.n_rows for record in delivery.records}
                if (
                    delivery.findings.has_respondents
                    and not place.is_in_shards
                    and not place.provenance.is_synthetic
                    and not self.settings.pseudonym_key
                ):
                    problem = f"it holds ids of respondents, and {PSEUDONYM_KEY} is not set here"
                    findings.warn("pseudonym_key", problem, "nothing has to be done to the file; a run needs the key")
        first = next(iter(rows))
        for file, n_rows in rows.items():
            yield Judgement(
                survey=place.survey.survey if place.survey else None,
                wave=place.wave,
                file=file,
                status=REFUSED if findings else ACCEPTED,
                rows=n_rows,
                findings=[f for f in findings if f.file == file or f.file not in rows],
                warnings=[w for w in findings.warnings if w.file == file or (w.file not in rows and file == first)],
                n_findings=sum(n for of_file, n in findings.of_file.items() if of_file == file or of_file not in rows),
            )


def places_at(path: Path, survey_id: str | None, wave: int | None) -> list[Place]:
    """What there is to judge at `path`: a landing folder, a survey's, a wave's, or one file.

    Survey and wave are told by the path, where it has the shape of landing/, or by the arguments.
    Raises NothingToCheckError when neither tells, or there is nothing.
    """
    if not path.is_file() and not path.is_dir():
        raise NothingToCheckError(f"{path} {'is neither a file nor a folder' if path.exists() else 'does not exist'}")
    if (survey_id is None) != (wave is None):
        raise NothingToCheckError("give both --survey and --wave, or neither")
    path = path.resolve()
    folder = path if path.is_dir() else path.parent
    only = path if path.is_file() else None
    if survey_id is not None and wave is not None:
        if unknown := why_unknown(survey_id, wave):
            raise NothingToCheckError(unknown)
        return [wave_place(folder, folder, survey_of(survey_id), str(wave), only)]
    if found := _told_by(folder):
        of_path, name = found
        root = folder.parents[len(Path(of_path.landing_path).parts)]
        return [wave_place(folder, root, of_path, name, only)]
    if path.is_file():
        known = ", ".join(survey.survey for survey in surveys())
        raise NothingToCheckError(
            f"of which survey and wave is {path.name}? Say it with --survey and --wave (surveys: {known}), or put it "
            "into <survey>/<wave>/"
        )
    for of_path in surveys():
        if path.as_posix().endswith("/" + of_path.landing_path):
            return list(survey_places(path, path.parents[len(Path(of_path.landing_path).parts) - 1], of_path))
    return discover(path / "landing" if (path / "landing").is_dir() else path)


def _told_by(folder: Path) -> tuple[Survey, str] | None:
    """(survey, wave) of a folder .../<survey>/<wave>."""
    for survey in surveys():
        if folder.parent.as_posix().endswith("/" + survey.landing_path) and re.fullmatch("[0-9]{4}", folder.name):
            return survey, folder.name
    return None
