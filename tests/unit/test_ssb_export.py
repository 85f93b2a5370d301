"""A release copied under the names of Statistics Norway's standard: the period of the rows, and a version that grows.

Not here: what the tables hold.
"""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.__main__ import main
from pipelines.publish.manifest import BrokenReleaseError
from pipelines.publish.ssb_export import export_ssb
from pipelines.publish.tables import file_hash

TABLES = {
    "waves": pa.table({"wave": [2018, 2022, 2018], "share": [0.1, 0.2, 0.3]}),
    "once": pa.table({"year": [2021, None]}),
    "crosswalk": pa.table({"from_year": [2010, 2018], "to_year": [2020, 2024]}),
    "timeless": pa.table({"name": ["a"]}),
    "empty": pa.table({"wave": pa.array([], pa.int32())}),
}
NAMES = [
    "waves_p2018_p2022_v1.parquet",
    "once_p2021_v1.parquet",
    "crosswalk_p2010_p2024_v1.parquet",
    "timeless_p2010_p2024_v1.parquet",
    "empty_p2010_p2024_v1.parquet",
]


def release(folder: Path, tables: dict[str, pa.Table] = TABLES) -> Path:
    folder.mkdir(parents=True)
    entries = []
    for name, table in tables.items():
        path = folder / f"{name}.parquet"
        pq.write_table(table, path)
        columns = [{"name": column} for column in table.column_names]
        written = {"path": path.name, "bytes": path.stat().st_size, "sha256": file_hash(path)}
        entries.append({**written, "rows": table.num_rows, "columns": columns})
    said = {"release": folder.name, "fingerprint": "", "files": [], "tables": entries}
    (folder / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    return folder


def test_names_say_period_and_version_and_content_is_the_same(tmp_path: Path) -> None:
    made = release(tmp_path / "release")
    exported = export_ssb(made, tmp_path / "out" / "utdata")
    assert [one.path.name for one in exported] == NAMES
    assert all(one.is_new for one in exported)
    for one, name in zip(exported, TABLES, strict=True):
        assert one.path.read_bytes() == (made / f"{name}.parquet").read_bytes()


def test_same_content_is_not_written_again(tmp_path: Path) -> None:
    for n in range(2):
        exported = export_ssb(release(tmp_path / str(n)), tmp_path / "out")
        assert {one.is_new for one in exported} == {n == 0}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(NAMES)


def test_other_content_takes_the_next_version_and_leaves_what_is_there(tmp_path: Path) -> None:
    out = tmp_path / "out"
    export_ssb(release(tmp_path / "a"), out)
    before = {path: path.read_bytes() for path in out.iterdir()}
    (out / "once_p2021_v9.parquet").write_bytes(b"from elsewhere")
    changed = TABLES | {"once": pa.table({"year": [2021]}), "waves": TABLES["waves"].slice(0, 2)}
    exported = export_ssb(release(tmp_path / "b", changed), out)
    assert [one.path.name for one in exported if one.is_new] == [
        "waves_p2018_p2022_v2.parquet",
        "once_p2021_v10.parquet",
    ]
    assert {path: path.read_bytes() for path in before} == before
    assert (out / "once_p2021_v9.parquet").read_bytes() == b"from elsewhere"


def test_file_that_someone_else_wrote_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, out = release(tmp_path / "release", {"once": TABLES["once"]}), tmp_path / "out"
    out.mkdir()
    (out / "once_p2021_v1.parquet").write_bytes(b"theirs")
    monkeypatch.setattr(Path, "iterdir", lambda _: iter(()))
    with pytest.raises(FileExistsError, match="once_p2021_v1"):
        export_ssb(made, out)
    assert (out / "once_p2021_v1.parquet").read_bytes() == b"theirs"


def test_damaged_release_is_not_exported(tmp_path: Path) -> None:
    made = release(tmp_path / "release")
    (made / "once.parquet").write_bytes(b"damaged")
    with pytest.raises(BrokenReleaseError, match=r"once\.parquet differs"):
        export_ssb(made, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_command_says_where_each_table_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(tmp_path))
    assert main(["export", "--ssb", str(tmp_path / "out")]) == 1
    assert "nothing is published" in capsys.readouterr().err
    release(tmp_path / "published" / "releases" / "one")
    (tmp_path / "published" / "current").symlink_to("releases/one")
    for said in ("Written", "There already"):
        assert main(["export", "--ssb", str(tmp_path / "out")]) == 0
        assert capsys.readouterr().out.splitlines() == [f"{said}: {tmp_path / 'out' / name}" for name in NAMES]
