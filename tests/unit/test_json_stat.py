"""JSON-stat 2 is read as an independent reading of the format does, and what contradicts itself is refused in words.

Not here: what the project makes of the cells (test_fetched_bodies.py).
"""

import copy
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.json_stat import BodyError, read_axes, read_cube, read_json
from tests.unit.made_up_sources import body

RECORDED = ("data_05803.json", "data_14700.json", "v0_data_05300.json")


def by_strides(data: dict[str, Any]) -> dict[tuple[str, ...], tuple[float | None, str]]:
    """The format's own words: the position of a cell is the sum of index times stride, the last dimension's being 1."""
    found = {}
    sizes = data["size"]
    for position in range(math.prod(sizes)):
        codes = []
        for place, name in enumerate(data["id"]):
            index = data["dimension"][name]["category"].get("index")
            at = position // math.prod(sizes[place + 1 :]) % sizes[place]
            if index is None:
                codes.append(next(iter(data["dimension"][name]["category"]["label"])))
            elif isinstance(index, list):
                codes.append(index[at])
            else:
                codes.append(next(code for code, n in index.items() if n == at))
        value, status = data["value"], data.get("status", {})
        said = value.get(str(position)) if isinstance(value, dict) else value[position]
        if isinstance(status, dict):
            sign = status.get(str(position), "")
        elif isinstance(status, str):
            sign = status
        else:
            sign = status[position if len(status) > 1 else 0]
        found[tuple(codes)] = said, sign or ""
    return found


def as_read(data: dict[str, Any]) -> dict[tuple[str, ...], tuple[float | None, str]]:
    return {codes: (value, status) for codes, value, status in read_cube(data).cells()}


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_answer_is_read_as_by_hand(name: str) -> None:
    data = json.loads(body(name))
    assert as_read(read_json(body(name))) == by_strides(data)
    assert read_cube(data).updated.endswith("Z")


def test_missing_figures_keep_their_sign() -> None:
    read = as_read(json.loads(body("data_05803.json")))
    assert read["Personer", "2026"] == (5627400, "")
    assert read["Skilsmisse", "1735"] == (None, "..")
    assert read["Skilsmisse", "2025"] == (0, "")


@st.composite
def cubes(draw: st.DrawFn) -> dict[str, Any]:
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    n = math.prod(sizes)
    some = st.one_of(st.none(), st.integers(-5, 5), st.floats(-9, 9, allow_nan=False))
    values = draw(st.lists(some, min_size=n, max_size=n))
    signs = draw(st.lists(st.sampled_from(["", ".", "..", ":"]), min_size=n, max_size=n))
    names = [f"d{place}" for place in range(len(sizes))]
    described = {}
    for name, size in zip(names, sizes, strict=True):
        codes = [f"{name}x{at}" for at in range(size)]
        index = draw(st.sampled_from(["list", "object", "turned"]))
        listed = dict(zip(codes, range(size), strict=True))
        as_object = dict(reversed(listed.items())) if index == "turned" else listed
        described[name] = {"category": {"index": codes if index == "list" else as_object, "label": {}}}
    sparse = {str(at): value for at, value in enumerate(values) if value is not None}
    status = draw(st.sampled_from([signs, {str(at): sign for at, sign in enumerate(signs) if sign}, ".", [":"]]))
    nulls = dict.fromkeys(map(str, range(n)))  # a cell without a figure may be there all the same
    value = draw(st.sampled_from([values, sparse, nulls | sparse]))
    return {"class": "dataset", "id": names, "size": sizes, "dimension": described, "status": status, "value": value}


@given(cubes())
def test_any_cube_is_read_as_by_hand(data: dict[str, Any]) -> None:
    assert as_read(data) == by_strides(data)


def changed(**keys: Any) -> dict[str, Any]:
    return json.loads(body("data_14700.json")) | keys


def described(**category: Any) -> dict[str, Any]:
    data = changed()
    dimension = copy.deepcopy(data["dimension"])
    dimension["Tid"]["category"] |= category
    return data | {"dimension": dimension}


@pytest.mark.parametrize(
    ("data", "rule", "says"),
    [
        ([], "not_a_data_set", "a list"),
        ({}, "not_a_data_set", "holds nothing"),
        ({"dataset": {}}, "old_format", "JSON-stat 1"),
        ({"warning": {"status": 413}}, "not_a_data_set", "warning"),
        (changed(size=[1, 2, 4]), "size", "says it has 4 codes, and lists 3"),
        (changed(size=[1, 2]), "size", "3 dimensions, 2 sizes"),
        (changed(size=[True, 2, 3]), "size", "says it has True codes"),
        (changed(value=[1, 2]), "size", "6 cells, and value has 2"),
        (changed(value={"6": 1}), "size", "names the cell 6"),
        (changed(value={"-1": 1}), "size", "names the cell -1"),
        (changed(value=[1, 2, 3, 4, 5, "6"]), "number", "'6'"),
        (changed(value=[1, 2, 3, 4, 5, True]), "number", "True"),
        (changed(value=None), "size", "neither a list"),
        (changed(dimension={}), "dimension", "does not describe"),
        (changed(status=[".", "."]), "size", "status has 2"),
        (described(index={"a": 0, "b": 1, "c": 1}), "dimension", "not counted from 0 to 2"),
        (described(index=["a", "b", "a"]), "repeated_code", "'a' twice"),
        (described(index=None), "dimension", "lists no codes"),
        ({k: v for k, v in changed().items() if k != "value"}, "no_values", "holds no values"),
    ],
)
def test_body_that_contradicts_itself_is_refused_in_words(data: Any, rule: str, says: str) -> None:
    with pytest.raises(BodyError) as refused:
        read_cube(data)
    assert refused.value.rule == rule
    assert says in refused.value.problem and refused.value.remedy


@pytest.mark.parametrize(
    ("content", "rule", "says"),
    [
        (b"<html><body>Vedlikehold</body></html>", "not_json", "no JSON"),
        (body("data_14700.json")[:-40], "not_json", "cut off"),
        (b'{"id": ["a"], "id": ["b"]}', "repeated_code", "'id' is there twice"),
        (b'{"index": {"1AZ": 0, "1AZ": 1}}', "repeated_code", "'1AZ' is there twice"),
        (b'{"value": [NaN]}', "number", "NaN"),
        (b'{"value": [Infinity]}', "number", "Infinity"),
        ("{}".encode("utf-16"), "encoding", "UTF-8"),
        (b"[" * 100_000, "not_json", "nested"),
        (b"", "not_json", "no JSON"),
    ],
)
def test_bytes_that_are_no_answer_are_refused_in_words(content: bytes, rule: str, says: str) -> None:
    with pytest.raises(BodyError) as refused:
        read_json(content)
    assert refused.value.rule == rule
    assert says in refused.value.problem


def test_codes_that_differ_in_case_only_stay_two() -> None:
    index = {"1AAAAA-9ZZZZz": 0, "1AAAAA-9ZZZZZ": 1}
    read = read_axes({"class": "dataset", "id": ["d"], "size": [2], "dimension": {"d": {"category": {"index": index}}}})
    assert read.axes[0].codes == ["1AAAAA-9ZZZZz", "1AAAAA-9ZZZZZ"]


def test_table_that_announces_more_than_anyone_has_is_refused_before_its_cells_are_counted() -> None:
    codes = [str(n) for n in range(4_000)]
    many = {"category": {"index": codes}}
    data = {"class": "dataset", "id": ["a", "b"], "size": [4_000, 4_000], "dimension": {"a": many, "b": many}}
    with pytest.raises(BodyError, match="16,000,000 cells"):
        read_axes(data)


def test_closed_table_says_so() -> None:
    assert read_axes(changed(extension={"discontinued": True})).is_discontinued
    assert not read_axes(changed()).is_discontinued
