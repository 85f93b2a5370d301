"""A wave in shards, or one respondent of it, is forgotten: the files, what was counted of them, and nothing else.

Not here: what forgetting has in common for all formats (test_forget), and a search (test_scan).
"""

import functools
import hashlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.__main__ import main
from pipelines.common.settings import Settings
from pipelines.common.warehouse import open_build
from pipelines.ingest.load import IngestResult, ingest
from pipelines.privacy import rewrite
from pipelines.privacy.keys import rotate_key
from pipelines.privacy.removal import Account, ForgetError
from pipelines.privacy.respondent import forget_respondent
from pipelines.privacy.rewrite import RewriteError, write_without
from pipelines.privacy.wave import forget_wave
from tests.unit.extracts import KEY, TUESDAY, innbygger_extract
from tests.unit.formats import kommune_table
from tests.unit.shards import FOLDER, SECOND, SURVEY, WAVE, Shards, respondents, spoil_last_group

pytestmark = pytest.mark.slow  # each test loads


def load(settings: Settings) -> IngestResult:
    with open_build(settings.build_db) as con:
        return ingest(con, settings, TUESDAY)


def rows(settings: Settings, query: str) -> list[tuple]:
    with open_build(settings.build_db, read_only=True) as con:
        return con.execute(query).fetchall()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Shards that are in use, and what was counted of them."""
    settings = Settings(tmp_path / "data", pseudonym_key=KEY)
    Shards.of(settings.landing)
    assert not load(settings).refused
    (settings.shards / "cells").mkdir(parents=True)
    (settings.shards / "cells" / "counted.parquet").write_bytes(b"of three shards")
    return settings


def test_wave_in_shards_is_gone_with_all_that_was_counted_of_it(settings: Settings) -> None:
    account = forget_wave(settings, SURVEY, WAVE)
    assert account.left == []
    assert account.n_sought == 120 + 3  # ids, and files
    assert not (settings.landing / FOLDER).exists() and not settings.shards.exists()
    assert rows(settings, "select count(*) from raw.shard") == [(0,)]
    assert rows(settings, "select distinct status from raw.extract_load") == [("removed",)]
    assert not load(settings).refused


def test_shard_that_comes_back_is_refused(settings: Settings) -> None:
    kept = {path: path.read_bytes() for path in (settings.landing / FOLDER).iterdir()}
    forget_wave(settings, SURVEY, WAVE)
    (settings.landing / FOLDER).mkdir(parents=True)
    for path, content in kept.items():
        path.write_bytes(content)
    (refused,) = load(settings).refused
    assert {finding.rule for finding in refused.findings} == {"forgotten"}


def test_respondent_is_taken_out_of_the_one_shard_and_the_others_stay_as_they_are(settings: Settings) -> None:
    before = {path.name: path.read_bytes() for path in (settings.landing / FOLDER).iterdir()}
    account = forget_respondent(settings, SURVEY, WAVE, "r00000045")
    assert account.left == []
    after = {path.name: path.read_bytes() for path in (settings.landing / FOLDER).iterdir()}
    assert {name for name in before if before[name] != after[name]} == {SECOND}
    table = pq.read_table(settings.landing / FOLDER / SECOND)
    whole = respondents(40, 40)
    assert table.equals(pa.concat_tables([whole.slice(0, 5), whole.slice(6)]))
    assert not settings.shards.exists()
    assert rows(settings, "select count(*) from raw.shard") == [(2,)]
    (outcome,) = load(settings).outcomes
    assert (outcome.status, outcome.n_rows) == ("loaded", 119), outcome.message
    assert "1 judged, 2 as judged before" in outcome.message
    changed = hashlib.sha256(before[SECOND]).hexdigest()
    assert rows(settings, f"select status from raw.extract_load where sha256 = '{changed}'") == [("removed",)]


def test_shard_of_one_respondent_goes_with_the_respondent(settings: Settings) -> None:
    files = Shards(settings.landing, {"part-9.parquet": respondents(1, 900)})
    alone = files.write("part-9.parquet")
    assert not load(settings).refused
    content = alone.read_bytes()
    account = forget_respondent(settings, SURVEY, WAVE, "r00000900")
    assert account.left == [] and not alone.exists()
    assert f"landing/{FOLDER}/part-9.parquet removed: nobody else was in it" in account.done
    (outcome,) = load(settings).outcomes
    assert outcome.n_rows == 120, outcome.message
    alone.write_bytes(content)
    (refused,) = load(settings).refused
    assert {finding.rule for finding in refused.findings} == {"forgotten"}


def test_only_respondent_of_a_wave_goes_with_the_wave(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", pseudonym_key=KEY)
    alone = Shards(settings.landing, {SECOND: respondents(1, 900)}).write(SECOND)
    assert not load(settings).refused
    before = alone.read_bytes(), settings.build_db.read_bytes()
    with pytest.raises(ForgetError, match=rf"nobody else is in {SURVEY} {WAVE}.*\(forget {SURVEY} {WAVE}\)"):
        forget_respondent(settings, SURVEY, WAVE, "r00000900")
    assert (alone.read_bytes(), settings.build_db.read_bytes()) == before


def test_shards_that_stay_can_be_read_before_the_next_run(settings: Settings) -> None:
    in_view = f"select count(*) from raw.{SURVEY}_shards"
    forget_respondent(settings, SURVEY, WAVE, "r00000045")
    assert rows(settings, in_view) == [(80,)]  # what was written anew is accepted by the next run
    load(settings)
    assert rows(settings, in_view) == [(119,)]
    forget_wave(settings, SURVEY, WAVE)
    assert rows(settings, in_view) == [(0,)]


def test_shards_can_be_read_after_another_survey_got_other_pseudonyms(settings: Settings) -> None:
    innbygger_extract(2019).write(settings.landing / SURVEY / "2019" / "innbyggere.sav")
    assert not load(settings).refused
    rotate_key(Settings(settings.data_dir, pseudonym_key="another" * 8))
    assert rows(settings, f"select count(*) from raw.{SURVEY}_shards") == [(120,)]


def with_a_footer_of_zeros(file: Path) -> None:
    """No Thrift, between a length and a mark that are right."""
    content = file.read_bytes()
    length = int.from_bytes(content[-8:-4], "little")
    file.write_bytes(content[: -8 - length] + bytes(length) + content[-8:])


def without_a_column(file: Path) -> None:
    pq.write_table(pq.read_table(file).drop_columns(["alder"]), file)


@pytest.mark.parametrize(
    "spoil", [Path.unlink, lambda file: file.write_bytes(b""), with_a_footer_of_zeros, without_a_column]
)
def test_shard_that_is_lost_does_not_keep_another_wave_from_being_forgotten_nor_another_survey_from_being_read(
    settings: Settings, spoil: Callable[[Path], object]
) -> None:
    innbygger_extract(2019).write(settings.landing / SURVEY / "2019" / "innbyggere.sav")
    kommune_table().write(settings.landing, "parquet")
    assert not load(settings).refused
    of_kommuner = rows(settings, "select count(*) from raw.ssb_kommune_shards")
    spoil(settings.landing / FOLDER / SECOND)
    assert forget_wave(settings, SURVEY, 2019).left == []
    assert rows(settings, f"select count(*) from raw.{SURVEY}_shards") == [(0,)]
    assert rows(settings, "select count(*) from raw.ssb_kommune_shards") == of_kommuner != [(0,)]


def respondent_of(settings: Settings) -> Account:
    return forget_respondent(settings, SURVEY, WAVE, "r00000045")


def wave_of(settings: Settings) -> Account:
    return forget_wave(settings, SURVEY, WAVE)


def interrupt(patch: pytest.MonkeyPatch, step: str, is_before: bool) -> None:
    """Let whoever forgets be interrupted before a step, or right after it."""
    *path, name = step.split(".")
    of = functools.reduce(getattr, path, sys.modules["pipelines.privacy"])
    carry_out = getattr(of, name)

    def interrupted(*given: Any) -> None:
        if not is_before:
            carry_out(*given)
        raise KeyboardInterrupt

    patch.setattr(of, name, interrupted)


@pytest.mark.parametrize("is_loaded", [True, False])
@pytest.mark.parametrize(
    ("forget", "step", "is_before"),
    [
        (forget, step, is_before)
        for forget, module, touch in ((respondent_of, "respondent", "os.replace"), (wave_of, "wave", "shutil.rmtree"))
        for step, is_before in (
            (f"{module}.Rebuilt.fill", False),
            (f"{module}.clear_told", False),
            ("removal.Rebuilt.put_in_place", False),
            (f"{module}.{touch}", True),
        )
    ],
)
def test_what_was_interrupted_after_any_step_is_ended_by_the_next_call_and_no_file_comes_back(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    forget: Callable[[Settings], Account],
    step: str,
    is_before: bool,
    is_loaded: bool,
) -> None:
    if not is_loaded:
        settings.build_db.unlink()
    file = settings.landing / FOLDER / SECOND
    content = file.read_bytes()
    with monkeypatch.context() as patch:
        interrupt(patch, step, is_before)
        with pytest.raises(KeyboardInterrupt):
            forget(settings)
    assert forget(settings).left == []
    noted = f"select count(*) from raw.forgotten where sha256 = '{hashlib.sha256(content).hexdigest()}'"
    assert rows(settings, noted) == [(1,)]
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    (refused,) = load(settings).refused
    assert {finding.rule for finding in refused.findings} == {"forgotten"}


def test_respondent_who_may_have_been_in_a_shard_that_changed_since_it_was_loaded_is_forgotten_with_it(
    settings: Settings,
) -> None:
    file = settings.landing / FOLDER / SECOND
    content = file.read_bytes()
    write_without(file, file.with_name("anew"), SURVEY, WAVE, {"": [6]}, 10**9)
    file.with_name("anew").replace(file)
    account = respondent_of(settings)
    assert account.left == []
    assert f"{FOLDER}/{SECOND} is there no more as it was loaded, may have had it" in " ".join(account.notes)
    assert rows(settings, "select count(*) from raw.shard") == [(2,)]
    assert rows(settings, "select sha256 from raw.forgotten") == [(hashlib.sha256(content).hexdigest(),)]


def test_respondent_whose_search_was_interrupted_is_said_to_be_forgotten(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        interrupt(patch, "respondent.prove", True)
        with pytest.raises(KeyboardInterrupt):
            respondent_of(settings)
    with pytest.raises(ForgetError, match=r"no respondent .* One was forgotten on 20\d\d-"):
        respondent_of(settings)


@pytest.mark.parametrize("arguments", [[], ["--respondent", "r00000045"]])
def test_history_that_cannot_be_cleared_is_said_before_landing_and_the_database_are_changed(
    settings: Settings, arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("TILSTAND_PSEUDONYM_KEY", KEY)
    damaged = settings.dagster_home / "history" / "runs" / "index.db"
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"no database" * 100)
    files = [settings.build_db, *(settings.landing / FOLDER).iterdir()]
    before = [path.read_bytes() for path in files]
    assert main(["forget", SURVEY, str(WAVE), *arguments]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith(f"digital-tilstand: Dagster's history in {damaged} cannot be cleared (file is")
    assert [path.read_bytes() for path in files] == before
    damaged.unlink()
    assert main(["forget", SURVEY, str(WAVE), *arguments]) == 0


def test_respondent_that_no_shard_holds_is_said(settings: Settings) -> None:
    with pytest.raises(ForgetError, match="no respondent"):
        forget_respondent(settings, SURVEY, WAVE, "r00000999")


def test_damaged_shard_is_named_before_anything_is_changed(settings: Settings) -> None:
    file = settings.landing / FOLDER / SECOND
    file.write_bytes(file.read_bytes()[:-50])
    with pytest.raises(ForgetError, match=f"{SECOND} cannot be read"):
        forget_respondent(settings, SURVEY, WAVE, "r00000001")
    assert rows(settings, "select count(*) from raw.shard") == [(3,)]


def test_shard_that_is_damaged_after_its_first_rows_is_named_before_anything_is_changed(settings: Settings) -> None:
    files = Shards(settings.landing, {SECOND: respondents(5_000, 1_000)})
    file = files.write(SECOND, row_group_size=2_048, use_dictionary=False)
    spoil_last_group(file, "respondent_id")
    with pytest.raises(ForgetError, match=rf"{SECOND} cannot be read \(it is damaged\)"):
        forget_respondent(settings, SURVEY, WAVE, "r00000001")
    assert rows(settings, "select count(*) from raw.shard") == [(3,)]


@pytest.mark.parametrize("gone", [[1], [10, 11, 25], [*range(11, 21)], [40]])
def test_rows_are_taken_out_of_any_row_group(tmp_path: Path, gone: list[int]) -> None:
    files = Shards(tmp_path, {SECOND: respondents(40)})
    file, to = files.write(SECOND, row_group_size=10), tmp_path / "to.parquet"
    write_without(file, to, SURVEY, WAVE, {"": gone}, 10**9)
    kept = [place for place in range(40) if place + 1 not in gone]
    assert pq.read_table(to).equals(files.tables[SECOND].take(kept))


@pytest.mark.parametrize("data_type", [pa.float16(), pa.float32(), pa.float64()])
def test_rows_are_taken_out_of_a_shard_that_holds_nan(tmp_path: Path, data_type: pa.DataType) -> None:
    files = Shards(tmp_path, {SECOND: respondents(40)})
    cells = [float("nan") if place % 3 == 0 else None if place % 3 == 1 else place / 2 for place in range(40)]
    files.put(
        SECOND,
        "vekt",
        pa.array([cell if cell is None else np.float16(cell) for cell in cells], pa.float16()).cast(data_type),
    )
    to = tmp_path / "to.parquet"
    write_without(files.path(SECOND), to, SURVEY, WAVE, {"": [5]}, 10**9)
    assert repr(pq.read_table(to)["vekt"].to_pylist()) == repr(cells[:4] + cells[5:])


def test_nan_is_not_taken_for_another_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Shards(tmp_path, {SECOND: respondents(3)}).put(SECOND, "vekt", [float("nan"), 1.0, 2.0]).path(SECOND)
    whole, n_called = rewrite._groups_without, []

    def another(source: pq.ParquetFile, gone: set[int]) -> Iterator[pa.Table]:
        n_called.append(1)
        for table in whole(source, gone):
            at = table.column_names.index("vekt")
            yield table if len(n_called) > 1 else table.set_column(at, "vekt", pa.array([0.0, 1.0]))

    monkeypatch.setattr(rewrite, "_groups_without", another)
    with pytest.raises(RewriteError, match="not what was read"):
        write_without(file, tmp_path / "to.parquet", SURVEY, WAVE, {"": [3]}, 10**9)


def test_a_shard_that_was_not_written_as_it_was_read_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Shards(tmp_path, {SECOND: respondents(40)}).write(SECOND)
    whole = rewrite._groups_without
    n_called = []

    def another(source: pq.ParquetFile, gone: set[int]) -> object:
        n_called.append(1)
        return whole(source, gone if len(n_called) == 1 else {7})

    monkeypatch.setattr(rewrite, "_groups_without", another)
    with pytest.raises(RewriteError, match="not what was read"):
        write_without(file, tmp_path / "to.parquet", SURVEY, WAVE, {"": [3]}, 10**9)


def test_shards_have_no_pseudonyms_to_be_made_anew(settings: Settings) -> None:
    with pytest.raises(ForgetError, match="nothing to rotate"):
        rotate_key(settings)
