"""What two seeds say of the same thing is the same.

Not here: what dbt tests of single seeds (seeds/*/_*.yml).
"""

from pipelines.common.seeds import read_seed
from pipelines.ingest.codebook import wave_rows


def codebook_rows() -> list[dict[str, str]]:
    """The codebook's rows of every wave."""
    return [row for wave in read_seed("wave") for row in wave_rows(wave["survey"], int(wave["wave"]))]


def test_an_indicator_opens_where_the_codebook_opens_its_items() -> None:
    counted = {row["question_id"]: row["counted_group"] for row in read_seed("count_question")}
    group_of = {row["question_id"]: row["item_group"] for row in read_seed("question")}
    question_of = {(r["survey"], r["wave"], r["column_name"]): r["question_id"] for r in codebook_rows()}
    filters: dict[str, set[tuple[str, str]]] = {}
    for row in codebook_rows():
        if row["role"] == "answer":
            opened_by = question_of.get((row["survey"], row["wave"], row["filter_column"]), "")
            filters.setdefault(group_of[row["question_id"]], set()).add((opened_by, row["filter_code"]))
    simple = [row for row in read_seed("indicator") if row["value_question_id"]]
    assert len(simple) == 6
    for row in simple:
        said = {(row["filter_question_id"], row["filter_open_code"])}
        assert filters[counted[row["value_question_id"]]] == said, row["indicator"]


def test_a_threshold_reaches_what_its_count_can_reach() -> None:
    points: dict[str, int] = {}
    for row in read_seed("points"):
        points[row["points_frame"]] = max(points.get(row["points_frame"], 0), int(row["points"]))
    counted = {row["question_id"]: row["counted_group"] for row in read_seed("count_question")}
    asked = {(row["wave"], row["question_id"]) for row in codebook_rows() if row["role"] == "answer"}
    items = {row["question_id"]: row for row in read_seed("question")}
    for indicator in (row for row in read_seed("indicator") if row["value_question_id"]):
        group = counted[indicator["value_question_id"]]
        reachable = max(
            sum(points[items[q]["points_frame"]] for w, q in asked if w == wave and items[q]["item_group"] == group)
            for wave in {wave for wave, _ in asked}
        )
        highest = max(int(r["value_to"]) for r in read_seed("threshold") if r["indicator"] == indicator["indicator"])
        assert highest == reachable, indicator["indicator"]


def test_every_wave_with_kommune_numbers_has_a_division() -> None:
    waves = {row["wave"] for row in codebook_rows() if row["data_type"] == "kommunenr"}
    counted = {row["year"] for row in read_seed("kommune_count")}
    assert waves
    assert waves - counted == set()


def test_a_period_of_a_kommune_begins_and_ends_with_a_change() -> None:
    kommuner, changes = read_seed("kommune"), read_seed("kommune_change")
    first_day = min(row["valid_from"] for row in kommuner)
    begun = {(row["valid_from"], row["kommunenr"]) for row in kommuner if row["valid_from"] != first_day}
    ended = {(row["valid_to"], row["kommunenr"]) for row in kommuner if row["valid_to"]}
    assert begun - {(row["change_date"], row["to_kommunenr"]) for row in changes} == set()
    assert ended - {(row["change_date"], row["from_kommunenr"]) for row in changes} == set()


def test_a_change_is_from_a_kommune_of_the_day_before_to_one_of_the_day() -> None:
    kommuner = read_seed("kommune")
    for change in read_seed("kommune_change"):
        day, old, new = change["change_date"], change["from_kommunenr"], change["to_kommunenr"]
        before = {row["kommunenr"] for row in kommuner if row["valid_from"] < day <= (row["valid_to"] or "9999")}
        after = {row["kommunenr"] for row in kommuner if row["valid_from"] <= day < (row["valid_to"] or "9999")}
        assert old in before, change
        assert new in after, change


def columns_of_the_codebook() -> dict[tuple[str, str, str], set[str]]:
    """The columns of each table of a wave that are used."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for row in codebook_rows():
        used = {row["column_name"].lower()} if row["role"] != "ignored" else set()
        found.setdefault((row["survey"], row["wave"], row["part"]), set()).update(used)
    return found


def test_every_wave_of_the_codebook_has_what_later_layers_need() -> None:
    needs: dict[tuple[str, str, str], set[str]] = {}
    for row in read_seed("needed_column"):
        needs.setdefault((row["survey"], row["part"], row["need"]), set()).add(row["column_name"])
    used = columns_of_the_codebook()
    assert {(survey, part) for survey, part, _ in needs} <= {(survey, part) for survey, _, part in used}
    for (survey, part, need), alternatives in needs.items():
        for wave in {wave for of, wave, table in used if (of, table) == (survey, part)}:
            assert alternatives & used[survey, wave, part], (survey, wave, part, need)
        assert all(
            any(name in columns for (of, _, table), columns in used.items() if (of, table) == (survey, part))
            for name in alternatives
        ), (survey, part, need)


def test_another_name_of_a_column_leads_to_one_of_the_codebook() -> None:
    columns = {(row["survey"], row["part"], row["column_name"]) for row in codebook_rows()}
    aliases = read_seed("column_alias")
    assert {(row["survey"], row["part"], row["column_name"]) for row in aliases} <= columns
    # A name that is a column of its own would take that column's place.
    assert {(row["survey"], row["part"], row["delivered_name"].lower()) for row in aliases} & columns == set()


def test_a_breakdown_is_decided_by_a_column_of_the_delivery() -> None:
    delivered = {(row["survey"], row["column_name"]) for row in codebook_rows()}
    for row in read_seed("breakdown"):
        if row["source_column"]:
            assert (row["survey"], row["delivered_column"]) in delivered, row
