"""Judge the shards of a wave, each by itself in a task and then all together: what a row, a table and a wave must be.

Not here: where tasks run (pipelines/scale), how keys are compared (shard_keys), and what becomes of it (delivery).
"""

import secrets
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from pipelines.common import leftovers
from pipelines.common.settings import Settings
from pipelines.common.sql import quoted
from pipelines.common.warehouse import make_private_folder
from pipelines.ingest import readers, shard_keys, shard_sql
from pipelines.ingest.codebook import SHARDS, Column, columns, fingerprint, needs
from pipelines.ingest.discovery import Place, survey_of
from pipelines.ingest.extract import Extract
from pipelines.ingest.findings import NOT_SHOWN, Findings, Warned
from pipelines.ingest.oddities import OddityOfWave, oddities, warn_of_alike
from pipelines.ingest.parquet_reader import WRITE_AGAIN, shape_of
from pipelines.ingest.raw_shards import Shard
from pipelines.ingest.shard_duckdb import OPTIONS, add_beyond_memory, batches
from pipelines.ingest.shard_keys import BLOCK, KeyHashes, Repeated, compare
from pipelines.ingest.validation import Columns, cell_checks, check_columns, check_needs, is_hopeless, keys_of
from pipelines.scale.runner import runner
from pipelines.scale.shards import source
from pipelines.scale.tasks import Result, Runner, Task, TaskDiedError, Work

Tell = Callable[[str], object]
LEFT = f"{leftovers.MARK}keys-"  # begins the name of a folder of hashes of keys
AT_ONCE = 20_000_000  # bytes of all shards, up to which no processes are started for them
ROWS_AT_A_TIME = 200_000


@dataclass(frozen=True)
class File:
    """A task: a file of a wave. Of one that was `judged` before, only its keys are read."""

    number: int  # its place among the files
    path: str
    name: str  # relative to landing/
    judged: Shard | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"landing/{self.name}"


@dataclass(frozen=True)
class Given:
    """What all tasks of a wave have in common; `folder` is where hashes of keys are left."""

    survey: str
    wave: int
    folder: Path
    findings: Findings  # empty, and as they are added to
    max_bytes: int


@dataclass(frozen=True)
class Judged:
    """What became of a task; no shard where it could not be read to its end, with findings that say why."""

    findings: Findings
    shard: Shard | None = None


def judge(task: File, given: Given, secret: str | None) -> Judged:
    """Judge a shard by itself, and leave hashes of its keys. The work of a runner; the secret is the key of hashes."""
    try:
        return _judge(task, given, secret)
    except duckdb.OutOfMemoryException:
        findings = given.findings.at(file=task.name).beside()
        add_beyond_memory(findings)
        return Judged(findings)


def _judge(task: File, given: Given, secret: str | None) -> Judged:
    findings = given.findings.at(file=task.name).beside()
    survey, path = survey_of(given.survey), Path(task.path)
    if task.judged:
        hashes = _hashes(given, task.judged.part, list(task.judged.seen["columns"]), secret)
        try:
            _hash_again(task.judged, path, hashes)
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error:  # it was another file a moment ago
            findings.add("changed_meanwhile", "the file was changed or replaced while it was read", "run again")
            return Judged(findings)
        hashes.write(task.number)
        findings.warnings.extend(replace(Warned(**warned), file=task.name) for warned in task.judged.seen["warnings"])
        return Judged(findings, replace(task.judged, file_name=task.name))
    extracts = readers.read(path, survey, given.wave, findings, given.max_bytes)
    if not extracts:
        return Judged(findings)
    return _Table(task, given, extracts[0], findings).judge(secret)


@dataclass(frozen=True)
class _Table:
    """The table of a shard, on its way through the rules."""

    task: File
    given: Given
    extract: Extract
    findings: Findings

    @property
    def known(self) -> Columns:
        """The columns that the codebook has of it, by name."""
        return _known(self.given, self.extract.part)

    def judge(self, secret: str | None) -> Judged:
        """Judge it, and leave hashes of its keys where it could be read to its end."""
        extract, known, findings, given = self.extract, self.known, self.findings, self.given
        where, day = f"{given.survey} {given.wave}", date(given.wave, 1, 1)
        check_columns(extract, known, where, findings)
        check_needs(extract, known, needs(given.survey, extract.part), where, findings)
        if is_hopeless(extract, known):
            return Judged(findings)
        survey = readers.written_as(survey_of(given.survey), SHARDS)
        checks = cell_checks(extract, known, survey, day, findings)
        watched = oddities(known.values(), set(extract.keys), day, is_shard=True)
        hashes = _hashes(given, extract.part, extract.keys, secret)
        n_before, n_rows = findings.total, 0
        for chunk in extract.chunks:
            cells = dict(zip(extract.keys, chunk.columns, strict=True))
            for oddity in watched:
                oddity.look_at(chunk.row_numbers, cells)
            hashes.look_at(chunk.row_numbers, cells)
            checks.look_at(chunk)
            n_rows += len(chunk.row_numbers)
        if findings.total > n_before:
            return Judged(findings)
        checks.report()
        for oddity in watched:
            if not isinstance(oddity, OddityOfWave):
                oddity.report(findings)
        hashes.write(self.task.number)
        of_wave = [oddity.state() for oddity in watched if isinstance(oddity, OddityOfWave)]
        return Judged(findings, self.shard(n_rows, of_wave))

    def shard(self, n_rows: int, of_wave: list[Any]) -> Shard:
        """What raw has of it: of respondents neither ids nor what nobody uses."""
        given, extract = self.given, self.extract
        with duckdb.connect(config=OPTIONS) as con:
            shape = shape_of(con, Path(self.task.path))
        delivered = dict(zip(extract.keys, shape.names, strict=True))
        types = dict(zip(shape.names, shape.types, strict=True))
        used = [column for column in self.known.values() if column.name in delivered and not column.is_ignored]
        stored = [column for column in used if not column.is_respondent_id]
        names = {column.name: delivered[column.name] for column in stored}
        of_keys = {column.name: column for key in _keys(given, extract.part, extract.keys) for column in key}
        return Shard(
            survey=given.survey,
            wave=given.wave,
            part=extract.part,
            file_name=self.task.name,
            sha256="",  # which whoever gave the task knows
            n_rows=n_rows,
            columns=names,
            cells=shard_sql.cells(names, types, stored),
            judged_by=fingerprint(given.survey, given.wave),
            seen={
                "columns": [column.name for column in used],
                "n_columns": len(extract.header),
                "keys": {
                    name: shard_sql.cell(delivered[name], types[delivered[name]], column)
                    for name, column in of_keys.items()
                },
                "oddities": of_wave,
                "warnings": [asdict(warned) for warned in self.findings.warnings],
            },
        )


def _hash_again(was: Shard, path: Path, hashes: KeyHashes) -> None:
    """Hash the keys of a shard that was judged before."""
    listed = ", ".join(f"{cell} as {quoted(name)}" for name, cell in was.seen["keys"].items())
    with duckdb.connect(config=OPTIONS) as con:
        select = f"select ({shard_sql.ROW_NUMBER})::integer as row_number, {listed} from {source(path)}"
        for batch in batches(con, select, ROWS_AT_A_TIME) if listed else ():
            rows, *cells = batch.columns
            hashes.look_at(rows, dict(zip(was.seen["keys"], cells, strict=True)))


def judge_wave(
    settings: Settings, place: Place, files: Sequence[File], findings: Findings, tell: Tell
) -> tuple[list[Judged], int]:
    """Judge shards of a wave, and how many tasks were tried again; what is wrong or odd is added to the findings.

    In work/, which all processes can write, hashes of keys are left while it lasts.
    """
    survey, wave = place.key
    run = _runner(settings, files)
    make_private_folder(settings.work)
    with tempfile.TemporaryDirectory(prefix=LEFT, dir=settings.work) as own:
        given = Given(survey, wave, Path(own), findings.beside(), settings.max_extract_bytes)
        secret = secrets.token_hex(BLOCK // 2)
        judged = _each(run, files, given, secret, tell)
        for one in judged:
            findings.take(one.findings)
        read = {file.number: one.shard for file, one in zip(files, judged, strict=True) if one.shard}
        _check_columns_are_the_same(list(read.values()), findings)
        for part in dict.fromkeys(shard.part for shard in read.values()):
            _check_keys(run, given, {n: s for n, s in read.items() if s.part == part}, files, findings)
    if len(read) == len(files) and not findings:
        _report_oddities_of_wave(given, list(read.values()), findings)
    return judged, run.n_retried


def _each(run: Runner, files: Sequence[File], given: Given, secret: str, tell: Tell) -> list[Judged]:
    """What became of each file, in their order; one that kills whatever reads it is damaged."""
    found: dict[int, Judged] = {}
    while left := [file for file in files if file.number not in found]:
        try:
            for file, judged in run.results(judge, left, given, secret):
                found[file.number] = judged
                if judged.shard and not file.judged:
                    tell(f"landing/{file.name}: {judged.shard.n_rows:,} rows read ({len(found)} of {len(files)} files)")
        except TaskDiedError as error:
            assert isinstance(error.task, File)
            findings = given.findings.at(file=error.task.name).beside()
            findings.add("damaged", f"the file is damaged: what read it {error.how}", f"{WRITE_AGAIN}; {error.do}")
            found[error.task.number] = Judged(findings)
    return [found[file.number] for file in files]


def _check_columns_are_the_same(shards: Sequence[Shard], findings: Findings) -> None:
    """Add a finding for each column that a shard lacks and another of its table has."""
    first: dict[tuple[str, str], Shard] = {}
    for shard in shards:
        for name in shard.seen["columns"]:
            first.setdefault((shard.part, name), shard)
    for shard in shards:
        for (part, name), other in first.items():
            if part == shard.part and name not in shard.seen["columns"]:
                findings.at(file=shard.file_name, column=name).add(
                    "shard_columns",
                    f"the file does not have this column, and {other.file_name} has it: all of a table have the same",
                    "write all files of the wave from one table; a column that was not asked is blank, or in none",
                )


def _check_keys(
    run: Runner, given: Given, shards: Mapping[int, Shard], files: Sequence[File], findings: Findings
) -> None:
    """Add a finding for every row whose key an earlier row of any shard has; `shards` are those of one table."""
    part = next(iter(shards.values())).part
    present = set.intersection(*(set(shard.seen["columns"]) for shard in shards.values()))
    n_rows = sum(shard.n_rows for shard in shards.values())
    for key in _keys(given, part, present):
        hashed = [given.folder / shard_keys.file_name(key, number) for number in shards]
        tasks = list(shard_keys.ranges(shard_keys.name_of(key), hashed, n_rows))
        found = shard_keys.together((one for _, one in run.results(compare, tasks, findings.room)), findings.room)
        texts = _texts_of(key, found.repeated, shards, files)
        for row in found.repeated:
            other = shards[row.first_shard].file_name
            where = f"row {row.first_row}{'' if row.first_shard == row.shard else f' of {other}'}"
            findings.at(file=shards[row.shard].file_name, row=row.row, column=shard_keys.name_of(key)).add(
                "duplicate_key",
                f"{where} has the same key",
                "keep one of the two rows, at the source",
                texts.get((row.shard, row.row), NOT_SHOWN),
            )
        findings.count(found.n_repeated - len(found.repeated))
        if len(key) == 1 and key[0].is_respondent_id:
            warn_of_alike(key[0].name, found.n_alike, findings)


def _texts_of(
    key: Sequence[Column], repeated: Sequence[Repeated], shards: Mapping[int, Shard], files: Sequence[File]
) -> dict[tuple[int, int], str]:
    """{(shard, row): its key}; of respondents none."""
    if any(column.is_respondent_id for column in key):
        return {}
    found = {}
    paths = {file.number: Path(file.path) for file in files}
    for number in {row.shard for row in repeated}:
        rows = ", ".join(str(row.row) for row in repeated if row.shard == number)
        cells = ", ".join(shards[number].seen["keys"][column.name] for column in key)
        select = f"select {shard_sql.ROW_NUMBER}, {cells} from {source(paths[number])}"
        with duckdb.connect(config=OPTIONS) as con:
            for row, *texts in con.execute(f"{select} where {shard_sql.ROW_NUMBER} in ({rows})").fetchall():
                found[number, row] = ", ".join(texts)
    return found


def _report_oddities_of_wave(given: Given, shards: Sequence[Shard], findings: Findings) -> None:
    """Report what can only be told of all shards of a table together."""
    for part in dict.fromkeys(shard.part for shard in shards):
        of_part = [shard for shard in shards if shard.part == part]
        watched = oddities(
            _known(given, part).values(), set(of_part[0].seen["columns"]), date(given.wave, 1, 1), is_shard=True
        )
        of_wave = [oddity for oddity in watched if isinstance(oddity, OddityOfWave)]
        for shard in of_part:
            for oddity, state in zip(of_wave, shard.seen["oddities"], strict=True):
                oddity.add(state)
        for oddity in of_wave:
            oddity.report(findings)


def _known(given: Given, part: str) -> Columns:
    return {column.name: column for column in columns(given.survey, given.wave, part)}


def _hashes(given: Given, part: str, present: Collection[str], secret: str | None) -> KeyHashes:
    assert secret
    return KeyHashes(_keys(given, part, present), secret, given.folder)


def _keys(given: Given, part: str, present: Collection[str]) -> list[list[Column]]:
    return keys_of(_known(given, part), set(present))


class _Here:
    """Runs tasks in this process: few bytes are read before another one has started."""

    n_retried = 0

    def results(
        self, work: Work[Task, Result], tasks: Sequence[Task], given: object = None, secret: str | None = None
    ) -> Iterator[tuple[Task, Result]]:
        """As Runner.results says."""
        for task in tasks:
            yield task, work(task, given, secret)


def _runner(settings: Settings, files: Sequence[File]) -> Runner:
    n_bytes = sum(Path(file.path).stat().st_size for file in files)
    return _Here() if n_bytes <= AT_ONCE else runner(settings)
