"""Two releases compared table by table. Not here: releases that a run made (integration)."""

import json
from pathlib import Path

import pandas as pd
import pytest

from pipelines.__main__ import main
from pipelines.publish.compare import How, TableDifference, compare_releases
from pipelines.publish.manifest import BrokenReleaseError
from pipelines.publish.tables import file_hash

KEY = ["year", "answer"]
ROWS = pd.DataFrame(
    {"year": [2018, 2018, 2022], "answer": ["a", None, "a"], "share": [0.5, 0.25, 1.0], "label": ["x", "y", None]}
)


def release(folder: Path, frame: pd.DataFrame = ROWS, table: str = "shares") -> Path:
    folder.mkdir()
    frame.to_parquet(folder / f"{table}.parquet")
    write_manifest(folder, table, KEY)
    return folder


def write_manifest(folder: Path, table: str, key: list[str]) -> None:
    file = folder / f"{table}.parquet"
    size = file.stat().st_size
    entry = {"name": table, "key": key, "path": file.name, "bytes": size, "sha256": file_hash(file)}
    said = {"release": folder.name, "fingerprint": "", "tables": [entry], "files": []}
    (folder / "manifest.json").write_text(json.dumps(said), encoding="utf-8")


def only(before: Path, after: Path, tolerance: float = 0.0) -> TableDifference:
    (found,) = compare_releases(before, after, How(tolerance))
    return found


def test_the_same_rows_differ_in_nothing_in_whatever_order(tmp_path: Path) -> None:
    found = only(release(tmp_path / "a"), release(tmp_path / "b", ROWS.iloc[::-1]))
    assert (found.n_differences, found.n_rows, list(found.in_words())) == (0, 3, [])


def test_rows_come_and_go_by_their_key_also_where_a_part_of_it_is_missing(tmp_path: Path) -> None:
    later = ROWS.assign(year=[2018, 2019, 2022])
    found = only(release(tmp_path / "a"), release(tmp_path / "b", later))
    assert (found.only_before, found.only_after, found.n_differences) == (1, 1, 2)


@pytest.mark.parametrize(
    ("column", "values", "n_cells", "furthest"),
    [
        ("share", [0.5, 0.25, 0.5], 1, 0.5),
        ("share", [0.5, None, 1.0], 1, None),
        ("label", ["x", "z", "y"], 2, None),
    ],
)
def test_cells_that_changed_are_counted(
    tmp_path: Path, column: str, values: list, n_cells: int, furthest: float | None
) -> None:
    found = only(release(tmp_path / "a"), release(tmp_path / "b", ROWS.assign(**{column: values})))
    assert [(c.column, c.n_cells, c.furthest) for c in found.changed] == [(column, n_cells, furthest)]
    words = [text for text in found.in_words() if "->" in text]
    assert len(words) == n_cells and f": {column} " in words[0]


def test_numbers_within_the_tolerance_are_the_same_and_missing_ones_never(tmp_path: Path) -> None:
    before, later = release(tmp_path / "a"), ROWS.assign(share=[0.5 * (1 + 1e-15), None, 1.0])
    after = release(tmp_path / "b", later)
    assert only(before, after).changed[0].n_cells == 2
    assert only(before, after, 1e-12).changed[0].n_cells == 1


def test_columns_and_tables_come_and_go(tmp_path: Path) -> None:
    before = release(tmp_path / "a")
    found = only(before, release(tmp_path / "b", ROWS.rename(columns={"label": "label_nb"})))
    assert (found.went, found.came, found.n_differences) == (["label"], ["label_nb"], 2)
    others = compare_releases(before, release(tmp_path / "c", table="means"))
    assert [(t.table, t.came, t.went) for t in others] == [("means", ["the table"], []), ("shares", [], ["the table"])]


def test_another_type_and_another_key_are_differences(tmp_path: Path) -> None:
    before = release(tmp_path / "a")
    after = release(tmp_path / "b", ROWS.astype({"year": "int32"}))
    assert only(before, after).remade == ["year BIGINT to INTEGER"]
    write_manifest(before, "shares", ["year", "label"])
    assert only(before, release(tmp_path / "c")).remade == ["key (year, label) to (year, answer)"]


def test_what_is_no_release_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokenReleaseError, match="nowhere"):
        compare_releases(tmp_path / "nowhere", release(tmp_path / "a"))


def test_command_tells_tables_and_ends_with_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(tmp_path / "data"))
    releases = tmp_path / "data" / "published" / "releases"
    releases.mkdir(parents=True)
    before = release(releases / "one")
    after = release(tmp_path / "two", ROWS.assign(label="z"))
    assert main(["releases", "diff", "one", str(before)]) == 0
    assert "1 tables: 0 differences" in capsys.readouterr().out
    assert main(["releases", "diff", "one", str(after)]) == 1
    out = capsys.readouterr().out
    assert "label: 3 cells" in out and "year=2018;answer=a: label 'x' -> 'z'" in out
    assert main(["releases", "diff", "one"]) == 2
    assert "current: neither a release" in capsys.readouterr().err
