"""Load what is new or changed in landing/ into raw: each delivery whole or not at all.

Not here: how a delivery is read and judged (delivery), found (discovery) and reported (quarantine).
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import duckdb

from pipelines.common import leftovers
from pipelines.common.in_force import rows_in_force
from pipelines.common.settings import Settings
from pipelines.ingest import quarantine, raw_shards, raw_tables, shards
from pipelines.ingest.codebook import SHARDS
from pipelines.ingest.delivery import Before, Delivery, Rows, Tell, look_at_delivery
from pipelines.ingest.discovery import Place, discover, relative_name, unit_of
from pipelines.ingest.files import look_at
from pipelines.ingest.findings import Finding, Findings, Warned
from pipelines.ingest.forgotten import forgotten, refuse_forgotten
from pipelines.ingest.provenance import NO_PROVENANCE
from pipelines.ingest.raw_shards import Shard
from pipelines.ingest.raw_tables import LOADED, QUARANTINED, REMOVED, LoadRecord, are_shards
from pipelines.ingest.sav_trial import trial

UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Outcome:
    """What became of one place of landing/. `status`: loaded, unchanged, quarantined or removed.

    `survey` and `wave` are None where the folder names none; `file` is relative to landing/, several are joined by
    ', ', and shards are named by their folder. `n_rows` is what raw now holds of the wave. `findings` are the first
    1,000 of `n_findings`. `warnings` are those of what is in use now, or was refused.
    """

    survey: str | None
    wave: int | None
    status: str
    file: str
    n_rows: int
    message: str
    findings: list[Finding] = field(default_factory=list)
    n_findings: int = 0
    report: Path | None = None
    warnings: list[Warned] = field(default_factory=list)


@dataclass(frozen=True)
class IngestResult:
    """The outcomes of one run, in the order of the paths; removed waves last."""

    outcomes: list[Outcome]

    @property
    def refused(self) -> list[Outcome]:
        """What was refused; the run has failed for these, also when the same was refused before."""
        return [outcome for outcome in self.outcomes if outcome.status == QUARANTINED]


def ingest(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    now: datetime,
    tell: Tell = lambda _: None,
    only: Collection[str] | None = None,
) -> IngestResult:
    """Bring schema raw in line with landing/, and write or remove the quarantine reports; of `only` these surveys.

    `now` (with time zone; without one it is UTC) becomes `loaded_at` of what is loaded. `tell` gets a line of
    progress now and then while a large file is read. Bad data never raises, it is in the result. Raises
    FileNotFoundError when landing/ does not exist, SeedError when the seeds contradict themselves.
    """
    raw_tables.ensure_tables(con)
    for left in settings.work.glob(f"{shards.LEFT}*"):  # by a run that was killed
        leftovers.remove(left)
    run = _Ingest(con, settings, now.astimezone(UTC).replace(tzinfo=None) if now.tzinfo else now, tell)
    places = discover(settings.landing)
    chosen = [place for place in places if only is None or place.key[0] in only]
    try:
        outcomes = [run.outcome_of(place) for place in chosen]
    finally:
        trial.end()
    gone = [records for records in run.gone(places) if only is None or records[0].survey in only]
    result = IngestResult(outcomes + [_remove(con, records) for records in gone])
    raw_tables.ensure_views(con, settings.landing)
    of_others = {quarantine.report_of(settings.quarantine, place.folder) for place in places if place not in chosen}
    quarantine.clear_reports(settings.quarantine, {o.report for o in outcomes if o.report} | of_others)
    raw_tables.replace_refusals(con, [(o.survey, o.wave, o.file, o.message) for o in result.refused], only)
    return result


class _Ingest:
    """One run: what raw had when it began, and what becomes of each place."""

    def __init__(self, con: duckdb.DuckDBPyConnection, settings: Settings, loaded_at: datetime, tell: Tell) -> None:
        self._con, self._settings, self._loaded_at, self._tell = con, settings, loaded_at, tell
        self._in_use, self._unlike_log = raw_tables.loads_in_use(con), raw_tables.unlike_their_log(con)
        self._in_force, self._forgotten = rows_in_force(settings), forgotten(con)
        self._seen: dict[str, str] = {}  # {file, relative to landing/: its SHA-256}

    def outcome_of(self, place: Place) -> Outcome:
        """Load what lies at a place, keep what raw has of it, or refuse it."""
        current = self._in_use.get(place.key, [])
        if not place.is_delivery:
            return self._refuse(place, current)
        delivery = look_at_delivery(self._settings, place, self._loaded_at)
        if delivery is None:
            return self._refuse(place, current)
        self._seen |= {record.file_name: record.sha256 for record in delivery.records}
        delivery.keep_key()
        findings = delivery.findings
        for was in self._forgotten:
            refuse_forgotten(was, delivery)
        is_same = bool(current) and {r.made_of for r in current} == {r.made_of for r in delivery.records}
        if is_same and place.key not in self._unlike_log and not findings:
            return _keep(self._con, current, delivery.records)
        before = self._before(place, current)
        delivery.accepted = self._accepted(delivery)
        with raw_tables.replacing_wave(self._con, *place.key) as load:
            delivery.read_into(load, before, self._tell)
            if not findings:
                load.finish(_with_warnings(delivery.records, findings))
        if findings:
            for record in _with_warnings(delivery.records, findings):
                n_findings = findings.of_file[record.file_name] if len(delivery.records) > 1 else findings.total
                raw_tables.record_refusal(self._con, replace(record, n_findings=n_findings))
            return self._refuse(place, current)
        return _loaded(delivery)

    def _accepted(self, delivery: Delivery) -> dict[str, Shard]:
        """The shards of a wave in use that would be judged as they were."""
        read_by = {record.codebook_fingerprint for record in delivery.records}
        own = (s for s in raw_shards.shards(self._con) if (s.survey, s.wave) == delivery.place.key)
        return {shard.sha256: shard for shard in own if {shard.judged_by} == read_by}

    def _before(self, place: Place, current: list[LoadRecord]) -> Before:
        """The rows that a new load of the wave is compared with, before it begins; `current` are its loads in use."""
        if current and place.key not in self._unlike_log:
            return raw_tables.rows_by_part(self._con, *place.key)
        # What was removed from raw, or never was in it, may be in force all the same.
        return {None: sum(r.n_rows or 0 for r in current) or self._in_force.get(place.key, 0)}

    def is_in_place(self, records: list[LoadRecord]) -> bool:
        """Whether what raw has of a wave can still be read: shards are not copied, and may be other files by now."""
        return all(record.reader != SHARDS or self._hash_of(record) == record.sha256 for record in records)

    def _hash_of(self, record: LoadRecord) -> str | None:
        if record.file_name not in self._seen:
            looked = look_at(self._settings.landing / record.file_name, Findings(), self._settings.max_extract_bytes)
            self._seen[record.file_name] = looked.sha256 if looked else ""
        return self._seen[record.file_name]

    def _refuse(self, place: Place, current: list[LoadRecord]) -> Outcome:
        """Report what is wrong; raw keeps what it has of the wave, unless that is not there any more."""
        otherwise = quarantine.NO_WAVE if place.wave is None else quarantine.NEVER
        if not self.is_in_place(current):
            raw_tables.remove_wave(self._con, *place.key)
            current, otherwise = [], quarantine.LOST
        landing, folder = self._settings.landing, self._settings.quarantine
        file = relative_name(place.files[0], landing) if len(place.files) == 1 else place.folder
        report = quarantine.write_report(folder, place.folder, file, place.findings)
        previous = (current[0].sha256, current[0].loaded_at) if current else None
        return Outcome(
            survey=place.survey.survey if place.survey else None,
            wave=place.wave,
            status=QUARANTINED,
            file=file,
            n_rows=sum(record.n_rows or 0 for record in current),
            message=quarantine.describe(file, place.findings, report, previous, otherwise),
            findings=place.findings.kept,
            n_findings=place.findings.total,
            report=report,
            warnings=place.findings.warnings,
        )

    def gone(self, places: list[Place]) -> list[list[LoadRecord]]:
        """The loads of the waves that are no longer in landing/, as far as anybody can see what lies there.

        Shards are gone, too, where nobody can see them.
        """
        delivered = {place.key for place in places if place.survey}
        unknown = [place.folder for place in places if place.is_unreadable]
        return [
            records
            for key, records in self._in_use.items()
            if key not in delivered
            and not (any(_is_below(record, unknown) for record in records) and self.is_in_place(records))
        ]


def _loaded(delivery: Delivery) -> Outcome:
    place, records = delivery.place, delivery.records
    message = (
        _of_shards(delivery)
        if place.is_in_shards
        else "; ".join(
            f"landing/{record.file_name}: {_in_words(delivery.counted[record.file_name], unit_of(file))} loaded "
            f"({record.encoding})"
            for file, record in zip(place.files, records, strict=True)
        )
    )
    if place.provenance == NO_PROVENANCE:
        message += "; no SOURCE.yml beside it, so it counts as real data"
    n_rows = sum(r.n_rows or 0 for r in records)
    warnings = delivery.findings.warnings
    return Outcome(*place.key, LOADED, _names(records), n_rows, message, warnings=warnings)


def _of_shards(delivery: Delivery) -> str:
    """What was done of shards: 'landing/itip/2021: 8 files, 4000 rows of innbygger; 1 judged, 7 as before'."""
    rows: Counter[str] = Counter()
    for of_file in delivery.counted.values():
        rows.update({part: n or 0 for part, n in of_file.items()})
    n_before = sum(record.sha256 in delivery.accepted for record in delivery.records)
    n_new = len(delivery.records) - n_before
    retried = f", {delivery.n_retried} tried again" if delivery.n_retried else ""
    return (
        f"landing/{delivery.place.folder}: {len(delivery.records)} files, {_in_words(dict(rows), 'row')}, read where "
        f"they lie; {n_new} judged, {n_before} as judged before{retried}"
    )


def _with_warnings(records: list[LoadRecord], findings: Findings) -> list[LoadRecord]:
    """The records with the warnings of their files; those of the delivery as a whole go with the first."""
    names = {record.file_name for record in records}
    done: list[LoadRecord] = []
    for record in records:
        own = [w for w in findings.warnings if w.file == record.file_name or (w.file not in names and not done)]
        done.append(replace(record, n_warnings=len(own), warnings="\n".join(_logged(w) for w in own)))
    return done


def _logged(warned: Warned) -> str:
    """A warning as the log has it."""
    return f"{f'sheet {warned.part}: ' if warned.part else ''}{warned.problem} ({warned.rule})"


def _as_logged(line: str, file: str) -> Warned:
    """The warning that _logged() wrote, without its remedy."""
    ((part, problem, rule),) = re.findall(r"^(?:sheet (.+?): )?(.*) \((\w+)\)$", line)
    return Warned(rule, problem, "", file, part)


def _keep(con: duckdb.DuckDBPyConnection, current: list[LoadRecord], records: list[LoadRecord]) -> Outcome:
    """The same delivery again; the names of its files may be new."""
    before = {record.sha256: record for record in current}
    messages = []
    for record in records:
        raw_tables.record_file_name(con, record)
        was = before[record.sha256]
        renamed = f"; it was {was.file_name} then" if was.file_name != record.file_name else ""
        messages.append(f"landing/{record.file_name} is unchanged since {was.loaded_at:%Y-%m-%d %H:%M} UTC{renamed}")
    if are_shards(records):
        since = min(was.loaded_at for was in current)
        messages = [f"landing/{_names(records)}: {len(records)} files are unchanged since {since:%Y-%m-%d %H:%M} UTC"]
    n_rows = sum(record.n_rows or 0 for record in current)
    said = [_as_logged(line, record.file_name) for record in current for line in record.warnings.splitlines()]
    return Outcome(
        records[0].survey, records[0].wave, UNCHANGED, _names(records), n_rows, "; ".join(messages), warnings=said
    )


def _is_below(record: LoadRecord, folders: list[str]) -> bool:
    """Whether the file of a load lies, or lay, below one of the folders; '' is landing/ itself."""
    return any(not folder or record.file_name.startswith(folder + "/") for folder in folders)


def _remove(con: duckdb.DuckDBPyConnection, records: list[LoadRecord]) -> Outcome:
    survey, wave, n_rows = records[0].survey, records[0].wave, sum(record.n_rows or 0 for record in records)
    raw_tables.remove_wave(con, survey, wave)
    names = [_names(records)] if are_shards(records) else [record.file_name for record in records]
    files = ", ".join(f"landing/{name}" for name in names)
    message = f"{survey} {wave} is no longer in landing: its {n_rows} rows ({files}) were removed"
    return Outcome(survey, wave, REMOVED, _names(records), 0, message)


def _names(records: list[LoadRecord]) -> str:
    """The files of a wave; shards, of which there may be many, by their folder."""
    if are_shards(records):
        return str(PurePosixPath(records[0].file_name).parent)
    return ", ".join(record.file_name for record in records)


def _in_words(rows: Rows, unit: str) -> str:
    """'354 rows', or how many of each table where there are several."""
    return ", ".join(f"{n} {unit}s{f' of {part}' if part else ''}" for part, n in rows.items())
