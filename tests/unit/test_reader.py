"""Who reads while releases are published sees one release, whole, and can tell that another is in force by now.

Not here: how a release is made and switched to (test_publish.py).
"""

import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from unittest.mock import patch

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from pipelines.common.contracts import Column, Contract
from pipelines.common.in_force import Input
from pipelines.common.settings import PROJECT_DIR, Settings
from pipelines.publish import manifest, release
from pipelines.publish.release import publish
from tilstand import NoReleaseError, OpenRelease, open_release

pytestmark = pytest.mark.slow  # a process publishes one release after another

N_RELEASES = 30
ONE, OTHER = "cross_source_measures", "survey_waves"
COLUMNS = (Column("concept", "varchar", "", ""), Column("n_rows", "integer", "", ""))
CONTRACTS = {name: Contract(name, "marts", "", ("concept",), COLUMNS) for name in (ONE, OTHER)}


def publish_all(settings: Settings, numbers: Iterable[int]) -> None:
    """A release for each number, which stands in both of its tables; with no more in it than it needs."""
    with (
        patch.object(manifest, "git_commit", lambda: None),
        patch.object(release, "write_metadata", lambda folder, _: (folder / "metadata").mkdir()),
        patch.object(release, "write_site", lambda site, *_: site.folder.mkdir()),
        patch.object(release, "write_handout", lambda *_: None),
        duckdb.connect() as con,
    ):
        con.execute("create schema marts")
        for number in numbers:
            for name in CONTRACTS:
                con.execute(f"create or replace table marts.{name} as select 'a' as concept, {number}::int as n_rows")
            publish(con, settings, CONTRACTS, [Input("s/2022/f.csv", "ab", True)])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(tmp_path / "data")
    publish_all(settings, [0])
    return settings


def test_address_is_no_folder_and_is_told_what_to_do() -> None:
    with pytest.raises(NoReleaseError, match=r"an address was named.*read current\.json there once") as said:
        open_release("https://user:HEMMELIG@host/bi")
    assert "HEMMELIG" not in str(said.value)


def with_duckdb(release: OpenRelease) -> tuple[int, int]:
    with release.connect() as con:
        return con.execute(f"select a.n_rows, b.n_rows from marts.{ONE} as a, marts.{OTHER} as b").fetchone()


READERS: dict[str, Callable[[OpenRelease], tuple[int, int]]] = {
    "duckdb": with_duckdb,
    "pyarrow": lambda r: tuple(r.read(name)["n_rows"][0].as_py() for name in (ONE, OTHER)),
    "pandas": lambda r: tuple(int(r.df(name, ["n_rows"])["n_rows"][0]) for name in (ONE, OTHER)),
    "pandas by path": lambda r: tuple(int(pd.read_parquet(r.file(name))["n_rows"][0]) for name in (ONE, OTHER)),
    "polars by path": lambda r: tuple(pl.read_parquet(r.file(name))["n_rows"][0] for name in (ONE, OTHER)),
    "duckdb on parquet": lambda r: tuple(
        duckdb.sql(f"select n_rows from read_parquet('{r.file(name)}')").fetchall()[0][0] for name in (ONE, OTHER)
    ),
}


def test_readers_never_mix_two_releases_nor_fail_nor_wait(settings: Settings) -> None:
    """Thirty releases while six ways of reading go round; the well-known name of the database among them."""
    seen: dict[str, list[tuple[int, int]]] = {name: [] for name in [*READERS, "well-known name"]}
    behind = []
    kept = open_release(settings.data_dir)
    publisher = (
        "from pathlib import Path; from tests.unit.test_reader import Settings, publish_all; "
        f"publish_all(Settings(Path({str(settings.data_dir)!r})), range(1, {N_RELEASES + 1}))"
    )
    with (
        subprocess.Popen([sys.executable, "-c", publisher], cwd=PROJECT_DIR) as process,
        kept.connect() as kept_connection,
    ):
        while process.poll() is None:
            for name, read in READERS.items():
                seen[name].append(read(open_release(settings.data_dir)))
            with duckdb.connect(str(settings.warehouse), read_only=True) as con:
                asked = f"select a.n_rows, b.n_rows from marts.{ONE} as a, marts.{OTHER} as b"
                seen["well-known name"].append(con.execute(asked).fetchone())
            assert kept_connection.execute(f"select n_rows from marts.{ONE}").fetchone() == (0,)
            behind.append(kept.is_behind())
    assert process.returncode == 0
    assert [(name, pair) for name, pairs in seen.items() for pair in pairs if pair[0] != pair[1]] == []
    assert behind == sorted(behind) and behind[-1]
    for name, pairs in seen.items():
        numbers = [pair[0] for pair in pairs]
        assert numbers == sorted(numbers) and len(set(numbers)) > 3, name
    assert open_release(settings.data_dir).read(ONE)["n_rows"].to_pylist() == [N_RELEASES]


@pytest.mark.parametrize("below", [".", "published", "published/current"])
def test_release_is_found_from_where_people_stand(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    release = open_release(settings.data_dir / below)
    assert release.path == (settings.published / "current").resolve()
    assert (release.id, release.tables) == (release.path.name, [ONE, OTHER])
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(settings.data_dir))
    assert open_release() == OpenRelease(release.path, release.manifest, settings.data_dir / "published" / "current")
    assert open_release(release.path).path == release.path


def test_what_is_not_there_is_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NoReleaseError, match=r"no release in .*empty: name the data directory"):
        open_release(tmp_path / "empty")
    with pytest.raises(ValueError, match=f"has no table 'survey_wave'; it has {ONE}, {OTHER}"):
        open_release(settings.data_dir).file("survey_wave")


def test_file_of_another_release_is_not_read_as_one_of_this(settings: Settings) -> None:
    old = open_release(settings.data_dir)
    publish_all(settings, [1])
    new = open_release(settings.data_dir)
    assert old.read(ONE)["n_rows"].to_pylist() == [0]
    new.file(ONE).chmod(0o644)
    new.file(ONE).write_bytes(old.file(ONE).read_bytes())
    with pytest.raises(ValueError, match=f"{ONE}.parquet is not of release {new.id}"):
        new.read(ONE)
    assert pq.read_table(new.file(OTHER))["n_rows"].to_pylist() == [1]
