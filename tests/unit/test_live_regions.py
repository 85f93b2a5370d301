"""The register of kommuner, as it was recorded, says what the seeds say; a reform that is made up proposes its rows.

Not here: fetching the register (test_live_refresh.py), and answers of other divisions (test_crosswalk_properties.py).
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.__main__ import main
from pipelines.common.seeds import read_seed
from pipelines.common.settings import Settings
from pipelines.live.regions import compare, proposed, reforms_ahead
from pipelines.live.register import Period, changes_of, compare_changes, compare_periods, joined, types_of, walk
from tests.unit.made_up_sources import body

FIRST = "2010-01-01"
VERSIONS = (2017, 2018, 2020, 2024)
TODAY = date(2025, 6, 1)


def recorded(name: str) -> list[dict[str, str]]:
    rows = json.loads(body("klass_131_changes_2011_2024.json"))["codeChanges"]
    return rows if name == "changes" else []


def as_rows(changes: list[dict[str, str]]) -> list[dict[str, str]]:
    names = {"old_code": "oldCode", "old_name": "oldName", "new_code": "newCode", "new_name": "newName"}
    return [{ours: c[key] or "" for ours, key in names.items()} | {"changed_on": c["changeOccurred"]} for c in changes]


def periods_of_seeds() -> list[Period]:
    rows = read_seed("kommune")
    return [Period(r["kommunenr"], r["kommunenavn"], r["valid_from"], r["valid_to"]) for r in rows]


def on(periods: list[Period], day: str) -> dict[str, str]:
    return {p.code: p.name for p in periods if p.begins <= day and (not p.ends or day < p.ends)}


@pytest.fixture(scope="module")
def walked() -> list[Period]:
    start = {p.code: p.name for p in periods_of_seeds() if p.begins == FIRST}
    return walk(start, FIRST, changes_of(as_rows(recorded("changes"))))


def test_changes_of_the_register_are_those_of_the_seeds() -> None:
    columns = ("change_date", "from_kommunenr", "to_kommunenr", "change_type")
    known = [tuple(row[column] for column in columns) for row in read_seed("kommune_change")]
    told = changes_of(as_rows(recorded("changes")))
    assert len(told) == len(known) == 516
    assert compare_changes("kommune_change", known, told) == []


def test_walk_through_the_register_ends_where_the_seeds_are_in_each_year(walked: list[Period]) -> None:
    assert compare_periods("kommune", periods_of_seeds(), walked) == []
    for year in range(2010, 2025):
        assert on(walked, f"{year}-01-01") == on(periods_of_seeds(), f"{year}-01-01")
    counts = {row["year"]: int(row["n_kommuner"]) for row in read_seed("kommune_count")}
    assert {year: len(on(walked, f"{year}-01-01")) for year in counts} == counts


@pytest.mark.parametrize("year", VERSIONS)
def test_walk_agrees_with_the_published_version_of_a_year(walked: list[Period], year: int) -> None:
    """A version has the names that it had when it was recorded: a later change of name is in it already."""
    version = {row["code"]: row["name"] for row in json.loads(body(f"klass_131_codes_{year}.json"))["codes"]}
    assert version.pop("9999") == "Uoppgitt"
    assert on(walked, f"{year}-01-01").keys() == version.keys()


def test_a_change_that_is_undone_is_seen(walked: list[Period]) -> None:
    """The comparison can fail: a name, an end and a code that are otherwise are differences."""
    told = [Period(p.code, "Nytt navn", p.begins, p.ends) if p == walked[0] else p for p in walked[:-1]]
    said = [difference.said for difference in compare_periods("kommune", periods_of_seeds(), told)]
    assert len(said) == 2
    assert "is called Nytt navn" in said[0] and "not in the register" in said[1]


def test_periods_of_the_same_name_that_follow_each_other_are_one() -> None:
    parts = [Period("1", "A", "2010", "2015"), Period("1", "A", "2015", "2020"), Period("1", "A", "2021", "")]
    assert joined(parts) == [Period("1", "A", "2010", "2020"), Period("1", "A", "2021", "")]


# A made-up reform: two kommuner become one, one is divided between a neighbour and a new one, one gets a new number.
REFORM = [("1101", "1199", "Nye Eigersund"), ("1111", "1199", "Nye Eigersund"), ("1103", "1103", "Stavanger"),
          ("1144", "1103", "Stavanger"), ("1144", "1198", "Kvitsøy nord"), ("1106", "1197", "Haugesund")]  # fmt: skip
DAY = "2026-01-01"


def klass_of_reform() -> tuple[dict[str, Any], dict[str, Any]]:
    """(codes, changes) as Klass answers, with the reform."""
    seeds = periods_of_seeds()
    names = on(seeds, "2024-01-01")
    new = [{"oldCode": old, "oldName": names[old], "newCode": code, "newName": name, "changeOccurred": DAY}
           for old, code, name in REFORM]  # fmt: skip
    ended = {old for old, code, _ in REFORM if old != code}
    begun = {code: name for old, code, name in REFORM if code not in names}
    periods = [Period(p.code, p.name, p.begins, DAY if p.code in ended and not p.ends else p.ends) for p in seeds]
    periods += [Period(code, name, DAY) for code, name in begun.items()]
    named = [Period("9999", "Uoppgitt", FIRST), *periods]
    begins, ends = "validFromInRequestedRange", "validToInRequestedRange"
    codes = [{"code": p.code, "name": p.name, begins: p.begins, ends: p.ends or None} for p in named]
    return {"codes": codes}, {"codeChanges": [*recorded("changes"), *new]}


def put(data_dir: Path, resource: str, content: dict[str, Any]) -> None:
    folder = data_dir / "landing" / resource / "2025"
    folder.mkdir(parents=True)
    (folder / "svar.json").write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture
def reformed(tmp_path: Path) -> Settings:
    codes, changes = klass_of_reform()
    put(tmp_path, "klass/131_codes", codes)
    put(tmp_path, "klass/131_changes", changes)
    return Settings(tmp_path)


def test_reform_ahead_is_told_by_the_kommuner_that_it_concerns(reformed: Settings) -> None:
    told = reforms_ahead(reformed, TODAY)
    assert len(told) == len(REFORM)
    assert "2026-01-01: 1101 Eigersund -> 1199 Nye Eigersund (merged)" in told
    assert reforms_ahead(reformed, date(2026, 6, 1)) == []


def test_reform_proposes_the_rows_that_the_seeds_lack(reformed: Settings) -> None:
    rows = proposed(reformed)
    assert sorted(rows["kommune_change"]) == [
        "2026-01-01,1101,1199,merged",
        "2026-01-01,1103,1103,merged",
        "2026-01-01,1106,1197,renumbered",
        "2026-01-01,1111,1199,merged",
        "2026-01-01,1144,1103,split_and_merged",
        "2026-01-01,1144,1198,split_and_merged",
    ]
    assert {"1199,Nye Eigersund,2026-01-01,", "1198,Kvitsøy nord,2026-01-01,", "1197,Haugesund,2026-01-01,"} <= set(
        rows["kommune"]
    )
    assert {line.split(",")[0] for line in rows["kommune"] if line.endswith(",2026-01-01")} == {
        "1101",
        "1106",
        "1111",
        "1144",
    }
    assert len(rows["kommune"]) == 7
    assert rows["kommune_count"] == ["2026,356,Kommuner og når de gjelder (klass_131_codes)"]
    assert [line.split(",")[:3] for line in rows["kommune_split_share"]] == [
        [DAY, "1144", "1103"],
        [DAY, "1144", "1198"],
    ]


def test_seeds_do_not_change_and_the_command_prints_what_is_proposed(
    reformed: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(reformed.data_dir))
    before = [dict(row) for row in read_seed("kommune_change")]
    assert main(["regions", "propose"]) == 1  # centrality, fylker and inhabitants were never fetched
    out, err = capsys.readouterr()
    assert "# seeds/regions/kommune_change.csv\nchange_date,from_kommunenr,to_kommunenr,change_type\n" in out
    assert "2026-01-01,1101,1199,merged" in out
    assert "kommune_sentralitet.csv beside klass_128_131: it was never fetched" in err
    assert read_seed("kommune_change") == before


def test_what_was_never_fetched_or_cannot_be_read_is_not_called_equal(tmp_path: Path) -> None:
    assert {one.not_compared for one in compare(Settings(tmp_path))} == {"it was never fetched"}
    put(tmp_path, "klass/131_changes", {"feil": 1})
    (changes,) = (one for one in compare(Settings(tmp_path)) if one.seed == "kommune_change")
    assert changes.not_compared == "the answer cannot be read: the body has no list codeChanges"


def test_inhabitants_of_a_new_year_are_proposed_and_of_old_numbers_none(tmp_path: Path) -> None:
    regions, sexes = ["0301", "0101", "1101"], ["1", "2"]
    known = {r["kommunenr"]: int(r["population"]) for r in read_seed("kommune_population") if r["year"] == "2024"}
    for year, extra in (("2024", 0), ("2025", 10)):
        halves = [[n // 2, n - n // 2] for n in (known["0301"] + extra, 0, known["1101"] + extra)]
        dimensions = {"Region": regions, "Kjonn": sexes, "Alder": ["000"], "ContentsCode": ["Personer1"], "Tid": [year]}
        content = {
            "class": "dataset", "id": list(dimensions), "size": [3, 2, 1, 1, 1],
            "value": [n for two in halves for n in two],
            "dimension": {name: {"category": {"index": codes}} for name, codes in dimensions.items()},
        }  # fmt: skip
        folder = tmp_path / "landing/statbank/07459" / year
        folder.mkdir(parents=True)
        (folder / "07459.json").write_text(json.dumps(content), encoding="utf-8")
        lines = proposed(Settings(tmp_path)).get("kommune_population", [])
        expected = [f"0301,{year},{known['0301'] + extra}", f"1101,{year},{known['1101'] + extra}"]
        assert lines == (expected if extra else [])


def test_centrality_that_is_another_one_is_a_difference(tmp_path: Path) -> None:
    known = [row for row in read_seed("kommune_sentralitet") if row["division_year"] == "2024"]
    items = [{"sourceCode": r["sentralitet"], "targetCode": r["kommunenr"], "targetName": "", "validFrom": "2024-01-01",
              "validTo": None} for r in known]  # fmt: skip
    put(tmp_path, "klass/128_131", {"correspondenceItems": items})
    own = [one for one in compare(Settings(tmp_path)) if one.seed == "kommune_sentralitet"]
    assert [one.differences for one in own] == [()]
    items[0]["sourceCode"] = "6" if items[0]["sourceCode"] != "6" else "5"
    (tmp_path / "landing/klass/128_131/2025/svar.json").write_text(json.dumps({"correspondenceItems": items}))
    (changed,) = (one for one in compare(Settings(tmp_path)) if one.seed == "kommune_sentralitet")
    assert len(changed.differences) == 1 and items[0]["targetCode"] in changed.differences[0].said


def test_types_follow_from_who_else_changed_that_day() -> None:
    told = changes_of(as_rows(recorded("changes")))
    assert set(types_of(told).values()) == {"renamed", "renumbered", "merged", "split", "split_and_merged"}
