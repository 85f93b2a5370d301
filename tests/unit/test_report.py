"""What the report shows and says, on tables small enough to check by hand.

Not here: the pages of a release (integration/test_report_pages.py, in a browser test_report_in_browser.py).
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest
import yaml
from markupsafe import Markup

from pipelines.common.contracts import Column, Contract
from pipelines.common.seeds import SEEDS_DIR, SeedError, read_seed
from pipelines.publish import compare
from pipelines.publish.metadata.facts import Table
from pipelines.publish.metadata.labels import table_label
from pipelines.publish.metadata.publication import publication
from pipelines.publish.report import findings, maps, specs
from pipelines.publish.report import pictures as module
from pipelines.publish.report.draw import drawing_of, marked, save, size
from pipelines.publish.report.findings import finding
from pipelines.publish.report.maps import map_of, outlines
from pipelines.publish.report.numbers import Cell, unit_name, written
from pipelines.publish.report.pages import moved_since
from pipelines.publish.report.pages.proof import _decimals
from pipelines.publish.report.pictures import Picture, Point, pictures
from pipelines.publish.report.report import KIND_NB, Moved, Page, Report
from pipelines.publish.report.site import templates_of, write
from pipelines.publish.report.tables import Tables
from pipelines.publish.report.words import Words

NB, EN = Words("nb"), Words("en")
COLUMNS = {
    "survey": "varchar", "wave": "integer", "question_id": "varchar", "question_nb": "varchar",
    "question_en": "varchar", "question_no": "integer", "scale": "varchar", "estimate": "double",
    "ci_lower": "double", "ci_upper": "double",
    "comparable_with_previous": "boolean", "is_small_base": "boolean", "is_synthetic": "boolean", "n": "integer",
}  # fmt: skip
CONTRACT = Contract(
    "estimates",
    "marts",
    "",
    ("survey", "wave", "question_id"),
    tuple(
        Column(name, data_type, "", unit="scale" if name == "estimate" else "") for name, data_type in COLUMNS.items()
    ),
)
ROW = {
    "survey": "s", "wave": 2018, "question_id": "q1", "question_nb": "Første", "question_en": "First", "question_no": 1,
    "scale": "0-10", "estimate": 5.0, "ci_lower": 4.9, "ci_upper": 5.1, "comparable_with_previous": None,
    "is_small_base": False, "is_synthetic": True, "n": 1200,
}  # fmt: skip
SECOND = {"question_id": "q2", "question_nb": "Andre", "question_en": "Second", "question_no": 2}
PICTURE = {
    "picture": "one", "page": "p", "picture_no": "1", "kind": "series", "table_name": "estimates", "row_pattern": "",
    "waves": "", "value_column": "estimate", "x_column": "wave", "label": "question", "part": "", "sorted_by": "place",
    "at_most": "", "is_change": "false", "about_nb": "Om noe",
}  # fmt: skip


def tables(*rows: dict) -> Tables:
    return Tables(
        {"estimates": pa.Table.from_pylist([{**ROW, **row} for row in rows], CONTRACT.arrow_schema)},
        {"estimates": CONTRACT},
    )


def shown(monkeypatch: pytest.MonkeyPatch, found: Tables, words: Words = NB, **said: str) -> Picture:
    monkeypatch.setattr(module, "read_seed", lambda _: [{**PICTURE, **said}])
    (picture,) = pictures("p", found, words, {})
    return picture


# Numbers


@pytest.mark.parametrize(
    ("value", "unit", "nb", "en"),
    [
        (0.4552, "share", "46 %", "46%"),
        (6.25, "0-10", "6,2", "6.2"),
        (-0.04, "0-10", "0,0", "0.0"),
        (1234567, "count", "1 234 567", "1,234,567"),
        (None, "share", "–", "–"),
        (float("nan"), "share", "–", "–"),
        (-12.6, "percent", "−13 %", "−13%"),
        (33.84, "million", "33,8 mill.", "33.8 mill."),
    ],
)
def test_number_is_written_as_readers_of_the_language_write_it(value: float, unit: str, nb: str, en: str) -> None:
    assert [written(value, unit, each).replace("\N{NO-BREAK SPACE}", " ") for each in ("nb", "en")] == [nb, en]


def test_change_has_its_sign_and_no_unit() -> None:
    assert [written(value, "share", "nb", is_signed=True) for value in (0.12, -0.12, 0.001)] == ["+12", "−12", "0"]


def test_decimals_are_those_of_the_number_in_its_table() -> None:
    assert [written(0.4552, "share", "nb", decimals=n).split("\N{NO-BREAK SPACE}")[0] for n in (2, 3, 4)] == [
        "46",
        "45,5",
        "45,52",
    ]


@pytest.mark.parametrize(
    ("printed", "computed", "precision", "decimals"),
    [(17.0, 16.667, 0, 1), (17.0, 17.0, 0, 0), (36.0, 35.0, 0, 0), (0.34, 0.3395, 2, 3), (5.3, None, 1, 1)],
)
def test_computed_number_has_one_more_decimal_where_it_is_not_what_is_printed(
    printed: float, computed: float | None, precision: int, decimals: int
) -> None:
    row = {"published_value": printed, "computed_value": computed, "published_precision": precision}
    assert _decimals(row) == decimals


def test_scale_of_a_new_survey_is_written_with_one_decimal_and_called_by_its_name() -> None:
    assert (written(61.25, "0-100", "nb"), unit_name("0-100", EN)) == ("61,2", "0-100")
    assert unit_name("0-10", EN) == "Mean on the scale 0–10"
    assert [unit_name("share", EN, is_change) for is_change in (False, True)] == ["Per cent", "Percentage points"]


def test_cell_says_where_its_number_stands_to_the_last_digit() -> None:
    row = tables({}).rows("estimates")[0]
    cell = tables({"estimate": 0.1 + 0.2}).cell("estimates", {**row, "estimate": 0.1 + 0.2}, "estimate")
    assert cell.shown("nb") == (
        '<data value="0.30000000000000004" data-cell="estimates[survey=s;wave=2018;question_id=q1].estimate">0,3</data>'
    )


# Words


def test_text_without_english_is_said_in_norwegian() -> None:
    assert (EN("Ingen har sagt {dette}", dette="det"), EN("Søk")) == ("Ingen har sagt det", "Search")


def test_what_is_filled_in_is_escaped_and_markup_stays() -> None:
    text = NB("{high}: {a}", high="<b>", a=Markup("<data>1</data>"))
    assert text == "&lt;b&gt;: <data>1</data>"


def test_label_of_a_row_is_in_the_language_where_there_is_one() -> None:
    row = {"question_id": "q", "question_nb": "Norsk", "question_en": "English", "category_nb": "Alle", "answer": "3"}
    assert [EN.label(row, stem) for stem in ("question", "category", "answer", "other")] == ["English", "Alle", "3", ""]
    assert NB.label(row, "question") == "Norsk"


# What is shown


def test_picture_has_the_rows_of_its_pattern_in_the_order_of_the_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    found = tables({**SECOND, "wave": 2020}, {"wave": 2020}, {}, {"survey": "other"}, {"wave": 2022, "estimate": None})
    picture = shown(monkeypatch, found, row_pattern="survey=s")
    assert [(p.label, p.x) for p in picture.points] == [("Første", 2018), ("Første", 2020), ("Andre", 2020)]
    assert (picture.unit, picture.surveys, picture.is_synthetic) == ("0-10", ["s"], True)


def test_latest_waves_are_those_of_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    found = tables({}, {"wave": 2020}, {"wave": 2022})
    assert shown(monkeypatch, found, waves="last_two").years == [2020, 2022]
    assert shown(monkeypatch, found, waves="last").years == [2022]


def test_largest_comes_first_and_no_more_than_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    found = tables({"estimate": 3.0}, {**SECOND, "estimate": 7.0})
    assert shown(monkeypatch, found, sorted_by="value").labels == ["Andre", "Første"]
    assert shown(monkeypatch, found, sorted_by="value", at_most="1").labels == ["Andre"]


def test_source_and_mark_are_those_of_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    found = tables({"estimate": 3.0}, {**SECOND, "survey": "real", "estimate": 7.0, "is_synthetic": False})
    first = shown(monkeypatch, found, sorted_by="value", at_most="1")
    assert (first.labels, first.surveys, first.is_synthetic) == (["Andre"], ["real"], False)


def test_beginning_that_all_labels_share_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ({"question_nb": "Hinder: for dyrt"}, {**SECOND, "question_nb": "Hinder: for sent"})
    assert shown(monkeypatch, tables(*rows)).labels == ["For dyrt", "For sent"]
    other = ({"question_nb": "Hinder: for dyrt"}, {**SECOND, "question_nb": "Virkning: sent"})
    assert shown(monkeypatch, tables(*other)).labels == ["Hinder: for dyrt", "Virkning: sent"]


def test_picture_without_rows_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "read_seed", lambda _: [{**PICTURE, "row_pattern": "survey=none"}])
    assert list(pictures("p", tables({}), NB, {})) == []


@pytest.mark.parametrize(
    ("said", "rows", "message"),
    [
        ({"kind": "pie"}, [{}], "kind 'pie' is none of"),
        ({"table_name": "guesses"}, [{}], "names 'guesses', which is none of estimates"),
        ({"row_pattern": "nobody=1"}, [{}], "estimates has no column nobody"),
        ({}, [{}, {**SECOND, "scale": "1-5"}], r"several units, \['0-10', '1-5'\]"),
    ],
)
def test_row_that_cannot_be_shown_is_named(
    monkeypatch: pytest.MonkeyPatch, said: dict[str, str], rows: list[dict], message: str
) -> None:
    with pytest.raises(SeedError, match=message):
        shown(monkeypatch, tables(*rows), **said)


# What is said


def point(label: str, value: float, x: int = 2018, half: float | None = None, **other: object) -> Point:
    low, high = (None, None) if half is None else (Cell(value - half, "share", "l"), Cell(value + half, "share", "u"))
    return Point(label, x, Cell(value, "share", "c"), lower=low, upper=high, **other)  # type: ignore[arg-type]


def said(kind: str, *points: Point, words: Words = NB, at_most: str = "") -> str:
    picture = Picture({**PICTURE, "kind": kind, "at_most": at_most}, points, "share")
    return finding(picture, words).striptags().replace("\N{NO-BREAK SPACE}", " ")


UP, DOWN = (point("A", 0.2), point("A", 0.5, 2022)), (point("B", 0.6), point("B", 0.4, 2022))
SLIGHTLY_DOWN = (point("C", 0.9), point("C", 0.8, 2022))
UNSURE = (point("A", 0.2, half=0.2), point("A", 0.5, 2022, half=0.2))
HARDLY = (point("A", 0.501), point("A", 0.502, 2022))
OVERLAPPING = (point("A", 0.5, half=0.1), point("B", 0.4, half=0.1))
FROM_60_TO_40 = "«B», fra 60 % i 2018 til 40 % i 2022"


@pytest.mark.parametrize(
    ("kind", "points", "expected"),
    [
        ("series", (*UP, *DOWN), "«A»: opp fra 20 % i 2018 til 50 % i 2022"),
        ("series", DOWN, "«B»: ned fra 60 % i 2018 til 40 % i 2022"),
        ("series", (*DOWN, *SLIGHTLY_DOWN), f"Alle har gått ned: mest {FROM_60_TO_40}"),
        ("series", UNSURE, "«A»: omtrent det samme i 2022 (50 %) som i 2018 (20 %)"),
        ("series", HARDLY, "«A»: omtrent det samme i 2022 (50 %) som i 2018 (50 %)"),
        ("bars", (UP[1], DOWN[1]), "Høyest: «A», 50 %. Lavest: «B», 40 %"),
        ("bars", OVERLAPPING, "Små forskjeller: fra 40 % («B») til 50 % («A»)"),
        ("bars", (UP[1],), "«A»: 50 %"),
        (
            "change",
            (*UP, *DOWN),
            "Mest fram: «A», fra 20 % i 2018 til 50 % i 2022. Mest tilbake: «B», fra 60 % til 40 %",
        ),
        ("change", UP, "Mest fram fra 2018 til 2022: «A», fra 20 % til 50 %. Ingen gikk tilbake"),
        ("change", DOWN, "Mest tilbake fra 2018 til 2022: «B», fra 60 % til 40 %. Ingen gikk fram"),
    ],
)
def test_title_says_the_first_finding(kind: str, points: tuple[Point, ...], expected: str) -> None:
    assert said(kind, *points) == expected


def test_of_the_largest_alone_the_smallest_is_not_called_the_lowest() -> None:
    assert said("bars", UP[1], DOWN[1], at_most="2") == "Mest: «A», 50 %"


def test_every_kind_is_drawn_and_has_a_title_a_name_and_a_place_in_the_seed() -> None:
    declared = yaml.safe_load((SEEDS_DIR / "report" / "_report.yml").read_text(encoding="utf-8"))
    (picture,) = (seed for seed in declared["seeds"] if seed["name"] == "picture")
    (kind,) = (column for column in picture["columns"] if column["name"] == "kind")
    values = kind["data_tests"][0]["accepted_values"]["arguments"]["values"]
    for known in (findings.RULES, specs.KINDS, KIND_NB):
        assert list(known) == list(module.KINDS) == values


def test_tiles_have_the_colours_of_the_map() -> None:
    assert re.findall(r"\.step\d \{ background: (#\w+)", CSS) == specs.STEPS


def contrast(one: str, other: str) -> float:
    """Of two colours, as WCAG 2.1 defines it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


CSS = (Path(specs.__file__).parent / "assets" / "style.css").read_text(encoding="utf-8")


def test_what_is_no_text_is_seen_on_its_ground() -> None:
    """WCAG 2.1, 1.4.11: lines, dots and bars; the edges of what is paler than that, and of fields to type in."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert [colour for colour in [*specs.COLOURS, maps.EDGE] if contrast(colour, specs.PAPER) < 3] == []
    variables = dict(re.findall(r"--([\w-]+): (#\w{6})", CSS))
    assert "1px solid var(--soft)" in CSS.split(".filter input, .filter select {")[1].split("}")[0]
    for name in ("soft", "accent", "warn-line"):
        assert contrast(variables[name], variables["ground"]) >= 3, name
    for edge in re.findall(r"border-left-color: (#\w{6})", CSS):
        assert contrast(edge, variables["ground"]) >= 3, edge


def test_pages_are_read_and_gone_through_in_the_order_they_stand_in() -> None:
    """Nothing of the layout puts one thing before another that stands after it, and no focus jumps ahead."""
    assert re.findall(r"(?<![\w-])order:|-reverse|float:|grid-area|grid-row", CSS) == []
    pages = [path.read_text(encoding="utf-8") for path in sorted(Path(specs.__file__).parent.glob("templates/*.j2"))]
    assert set(re.findall(r'tabindex="([^"]*)"', "".join(pages))) <= {"0", "-1"}


def test_parts_are_summed_from_the_top() -> None:
    def parts(label: str, x: int, *shares: float) -> list[Point]:
        return [point(label, share, x, part=str(n), part_place=n) for n, share in enumerate(shares)]

    both = [*parts("A", 2022, 0.1, 0.2, 0.3, 0.2, 0.2), *parts("B", 2022, 0.5, 0.2, 0.1, 0.1, 0.1)]
    assert said("parts", *both) == "Flest høyt oppe i 2022: «A», 40 %. Færrest: «B», 20 %"
    alone = [*parts("A", 2018, 0.7, 0, 0, 0.2, 0.1), *parts("A", 2022, 0.1, 0.2, 0.3, 0.2, 0.2)]
    assert said("parts", *alone) == "Høyt oppe: 30 % i 2018, 40 % i 2022"


def test_of_many_the_lowest_and_the_highest_differ_most() -> None:
    ages = [point("A", share, part=part) for part, share in (("ung", 0.5), ("voksen", 0.7), ("eldre", 0.4))]
    assert said("pairs", *ages) == "Størst forskjell: «A», eldre 40 %, voksen 70 %"
    assert said("pairs", *ages[:2]) == "Størst forskjell: «A», ung 50 %, voksen 70 %"


STAIR = tuple(
    point(step, share, x, part=part, place=place)
    for place, step in enumerate(("Nederst", "Øverst"))
    for part, share in (("stat", 0.3), ("kommune", 0.1))
    for x in (2020, 2021)
)


def test_ladder_says_how_many_are_on_its_highest_step() -> None:
    assert said("ladder", *STAIR) == "På øverste trinn, «Øverst», i 2021: stat 30 %, kommune 10 %"


def test_ladder_has_a_step_for_each_thing_and_no_arrow_across_a_break() -> None:
    def drawn(*points: Point) -> str:
        return svg(Picture({**PICTURE, "kind": "ladder"}, points, "share"), NB, "t").replace("\N{NO-BREAK SPACE}", " ")

    assert drawn(*STAIR).count("10 % → 10 %") == 2
    broken = drawn(*(replace(p, is_break=p.x == 2021) for p in STAIR))
    assert "→" not in broken and broken.count("30 % | 30 %") == 2


def test_unit_is_that_of_the_row_where_the_contract_has_none() -> None:
    columns = {"k": "varchar", "value": "double", "unit": "varchar"}
    contract = Contract("t", "marts", "", ("k",), tuple(Column(name, kind, "") for name, kind in columns.items()))
    found = Tables({"t": pa.table({"k": ["a"], "value": [54.3], "unit": ["percent"]})}, {"t": contract})
    assert found.cell("t", found.rows("t")[0], "value").unit == "percent"


def test_count_is_of_rows_or_of_the_values_of_a_column() -> None:
    found = tables({}, {"wave": 2020}, SECOND)
    assert found.count("estimates", "question_id=q1").shown("nb") == (
        '<data value="2" data-count="estimates[question_id=q1]">2</data>'
    )
    assert [found.count("estimates", column=c).value for c in ("", "wave", "question_id")] == [3, 2, 2]
    assert found.count("estimates", "wave=1837").value == 0


def test_finding_in_english_has_the_same_numbers_and_its_own_quotation_marks() -> None:
    assert said("bars", UP[1], DOWN[1], words=EN) == "Highest: “A”, 50%. Lowest: “B”, 40%"


def test_text_of_a_table_is_no_markup_in_a_page(tmp_path: Path) -> None:
    facts = SimpleNamespace(is_synthetic=False, content="abc", publication=publication())
    report = Report(tmp_path, tmp_path / "before", facts, tables({}), NB)  # type: ignore[arg-type]
    entry = {"address": "a", "title": "<script>alert(1)</script>", "about": "a & b"}
    page = Page("b/c", "b/c", "list", {"title": "<b>", "lead": "l", "entries": [entry]})
    write(page, report, templates_of(report))
    text = (tmp_path / "b/c.html").read_text(encoding="utf-8")
    assert "<script>alert" not in text and "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert 'href="../a.html"' in text and 'href="../en/b/c.html"' in text


def test_what_moved_since_the_release_before_is_shown_with_the_largest_first(tmp_path: Path) -> None:
    columns = (Column("question_id", "varchar", "", ""), Column("estimate", "double", "", "fraction"))
    contract = Contract("survey_estimates", "marts", "", ("question_id",), columns)
    same, another = replace(contract, name="survey_waves"), replace(contract, name="kommuner")
    known = tuple(Table(c, table_label(c), 1, (), None, False, ()) for c in (contract, same, another))
    cells = [
        compare.Cell({"question_id": "q<1>"}, 0.5, 0.75),
        compare.Cell({"question_id": "q2", "wave": None}, None, 0.25),
    ]
    moved = Moved(
        "20260301T000000Z-abc",
        [
            compare.TableDifference(
                "survey_estimates",
                n_rows=12,
                only_after=1,
                changed=[compare.Changed("estimate", 2, None, cells)],
                rows_new=[{"question_id": "q3"}],
            ),
            compare.TableDifference("survey_waves", n_rows=3),
            compare.TableDifference("gone_since", went=["the table"]),
        ],
    )
    facts = SimpleNamespace(is_synthetic=False, content="abc", publication=publication(), tables=known)
    for language, said in (
        (NB, ("50,0000\N{NO-BREAK SPACE}% → 75,0000\N{NO-BREAK SPACE}%", "Uendret")),
        (EN, ("50.0000% → 75.0000%", "Unchanged")),
    ):
        report = Report(tmp_path, tmp_path, facts, tables({}), language, moved)  # type: ignore[arg-type]
        (page,) = moved_since.pages(report)
        write(page, report, templates_of(report))
        text = (tmp_path / report.place / "om/endringer.html").read_text(encoding="utf-8")
        for expected in (
            *said,
            "20260301T000000Z-abc",
            "question_id=q&lt;1&gt;",
            "question_id=q3",
            "gone_since",
            "the table",
        ):
            assert expected in text
        assert text.index("q&lt;1&gt;") < text.index("question_id=q2<") and "question_id=q2;" not in text
    first = Report(tmp_path, tmp_path, facts, tables({}), NB)  # type: ignore[arg-type]
    write(*moved_since.pages(first), first, templates_of(first))
    assert "ingen utgivelse før denne" in (tmp_path / "om/endringer.html").read_text(encoding="utf-8")


# How it is drawn


def svg(picture: Picture, words: Words, title: str) -> str:
    drawing = drawing_of(picture, words, title)
    return marked(drawing.make(), drawing.title, drawing.mark, drawing.digest)


def test_drawing_has_a_title_is_marked_where_synthetic_and_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = shown(monkeypatch, tables({}, {"wave": 2020, "estimate": 6.5}))
    drawn = svg(picture, NB, "Opp & <fram>")
    assert drawn.startswith('<svg role="img" ') and "<title>Opp &amp; &lt;fram&gt;</title>" in drawn
    assert "SYNTETISKE DATA" in drawn and "6,5" in drawn
    assert svg(picture, NB, "Opp & <fram>") == drawn
    real = svg(replace(picture, points=tuple(replace(p, is_synthetic=False) for p in picture.points)), EN, "t")
    assert "DATA" not in real and "6.5" in real


def test_what_is_drawn_already_is_taken_over_and_anything_else_is_drawn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    drawing = drawing_of(shown(monkeypatch, tables({})), NB, "t")
    first, second = tmp_path / "first", tmp_path / "second"
    there = save(drawing, first, tmp_path / "nothing")
    # What is copied is not drawn: it would be as it was before.
    first.with_suffix(".png").write_bytes(b"drawn before")
    assert save(drawing, second, first) == there
    assert second.with_suffix(".svg").read_bytes() == first.with_suffix(".svg").read_bytes()
    assert second.with_suffix(".png").read_bytes() == b"drawn before"
    for other in (
        drawing_of(shown(monkeypatch, tables({"estimate": 5.5})), NB, "t"),
        drawing_of(shown(monkeypatch, tables({})), EN, "t"),
        replace(drawing, title="another"),
        replace(drawing, mark=""),
    ):
        save(other, second, first)
        assert second.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    first.with_suffix(".png").unlink()
    save(drawing, second, first)
    assert second.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_no_line_is_drawn_across_a_break(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{}, {"wave": 2020, "estimate": 5.5}, {"wave": 2022, "estimate": 6.0, "comparable_with_previous": False}]
    whole = svg(shown(monkeypatch, tables(*rows[:2], {**rows[2], "comparable_with_previous": True})), NB, "t")
    broken = svg(shown(monkeypatch, tables(*rows)), NB, "t")
    assert (whole.count('class="mark-line'), broken.count('class="mark-line')) != (0, 0)
    assert broken.count("L") < whole.count("L")


@pytest.mark.parametrize("kind", ["series", "places", "bars", "change"])
def test_each_kind_is_drawn_with_one_number_alone(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    width, height = size(svg(shown(monkeypatch, tables({}), kind=kind), NB, "t"))
    assert width > 100 and height > 30


def test_map_has_every_kommune_in_the_colour_of_its_score() -> None:
    land, drawing = outlines(2024), map_of(2024, {"0301": 4, "1103": 0}, NB, "Kart", True)
    assert land is not None and drawing is not None
    drawn = drawing.make()
    assert drawing.mark == "Syntetiske data" and "Kartverket" in drawn
    assert drawn.count("<path ") == len(land["kommuner"])
    assert f'd="{land["kommuner"]["0301"]}" fill="#3b1f73"' in drawn
    assert f'd="{land["kommuner"]["1103"]}" fill="#f3e6d8"' in drawn
    assert map_of(1837, {}, NB, "Kart", True) is None


@pytest.mark.parametrize("year", [2018, 2024])
def test_outlines_are_those_of_all_kommuner_of_their_division(year: int) -> None:
    rows, day = read_seed("kommune"), f"{year}-01-01"
    known = {row["kommunenr"] for row in rows if row["valid_from"] <= day < (row["valid_to"] or "9999")}
    land = outlines(year)
    assert land is not None and set(land["kommuner"]) == known and "Kartverket" in land["source"]


def test_mark_lies_across_a_drawing_of_any_size() -> None:
    drawn = marked('<svg width="200" height="100"><g/></svg>', "t", "falsk", "abc")
    assert drawn == (
        '<svg role="img" data-made-of="abc" width="200" height="100"><title>t</title><g/>'
        '<text x="100" y="50" transform="rotate(-18 100 50)" text-anchor="middle" font-family="Liberation Sans, Arial, '
        'sans-serif" font-size="34" font-weight="bold" fill="#a00000" fill-opacity="0.18">FALSK</text></svg>'
    )
