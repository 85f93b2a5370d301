"""A kommune beside its peers, by hand: percentiles, profiles, and groups.

Not here: who is whose peer (tests/integration/test_kommuner.py), and how scores come about (test_indicators.py).
"""

from typing import Any

import pytest

from pipelines.indicators.peers import indicator_groups, kommune_profile, with_places
from pipelines.indicators.rules import load_indicators
from pipelines.indicators.tables import IN_MEDIAN

ORDERED, UNORDERED = "strategi", "digital_kompetanse"


def row(kommunenr: str, score: int | None, wave: int = 2022, **other: Any) -> dict[str, Any]:
    of_kommune = {
        "wave": wave,
        "division_year": 2024,
        "kommunenr": kommunenr,
        "innbyggergruppe": "small",
        "innbyggergruppe_no": 1,
        "innbyggergruppe_nb": "Små",
        "peer_group": "small/5_6",
        "peer_rule": "size_and_centrality",
        "method": "identity",
        "indicator": ORDERED,
        "kind": "simple",
        "score": score,
        "n_predecessors": 1,
        "predecessors_answered_share": 1.0,
        "is_synthetic": True,
        IN_MEDIAN: True,
    }
    return of_kommune | other


ALONE = {"peer_group": "small", "peer_rule": "size"}
LARGE = {"innbyggergruppe": "large", "innbyggergruppe_no": 2, "innbyggergruppe_nb": "Store", "peer_group": "large/1_2"}


def test_percentile_is_the_share_below_and_half_of_those_alike() -> None:
    placed = with_places([row("0001", 1), row("0002", 2), row("0003", 2), row("0004", 4), row("0005", None)])
    assert [r["percentile"] for r in placed] == [0.125, 0.5, 0.5, 0.875, None]
    assert [r["peer_percentile"] for r in placed] == [0.125, 0.5, 0.5, 0.875, None]


def test_peers_are_those_of_the_group_and_of_all_of_the_size_for_who_shares_that_alone() -> None:
    rows = [row("0001", 1), row("0002", 3), row("0003", 2, **ALONE), row("0004", 4, **LARGE)]
    placed = {r["kommunenr"]: r["peer_percentile"] for r in with_places(rows)}
    # 0003 stands among 1, 2, 3; 0001 and 0002 among themselves; 0004 is by itself.
    assert placed == {"0001": 0.25, "0002": 0.75, "0003": 0.5, "0004": 0.5}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"indicator": UNORDERED, "kind": "category"}, id="no order"),
        pytest.param({"peer_group": None, "peer_rule": "none"}, id="no peers"),
    ],
)
def test_there_is_no_place_without_an_order_or_peers(other: dict[str, Any]) -> None:
    (placed,) = with_places([row("0001", 1, **other)])
    assert placed["peer_percentile"] is None
    assert (placed["percentile"] is None) == (other.get("kind") == "category")


def test_waves_divisions_and_indicators_are_set_beside_themselves_only() -> None:
    others = [row("0002", 4, wave=2018), row("0002", 4, division_year=2020), row("0002", 4, indicator="tilbud")]
    first, *_ = with_places([row("0001", 1), *others])
    assert first["percentile"] == 0.5


def test_profile_tells_of_the_peers_of_all_and_of_the_wave_before() -> None:
    rows = [row("0001", 1, wave=2018), row("0001", 3), row("0002", 2), row("0003", 4, **LARGE), row("0002", None, 2018)]
    profile = {(r["kommunenr"], r["wave"]): r for r in kommune_profile(with_places(rows), 2024)}
    now = profile["0001", 2022]
    assert (now["mean_score"], now["n_kommuner"], now["peer_mean_score"], now["n_peers"]) == (3.0, 3, 2.5, 2)
    assert (now["previous_wave"], now["previous_score"]) == (2018, 1)
    assert profile["0001", 2018]["previous_wave"] is None
    silent = profile["0002", 2018]
    assert (silent["score"], silent["mean_score"], silent["n_kommuner"]) == (None, 1.0, 1)
    assert IN_MEDIAN not in now and kommune_profile(with_places(rows), 2020) == []


def test_groups_count_each_score_and_leave_out_who_has_none() -> None:
    rows = [row("0001", 1), row("0002", 4), row("0003", 4, **LARGE), row("0004", None), row("0005", 0)]
    grouping = ("innbyggergruppe", "innbyggergruppe_no", "innbyggergruppe_nb")
    rows.append(row("0006", 2) | dict.fromkeys(grouping))
    groups = indicator_groups(rows, [grouping], load_indicators())
    n = {(r["kommune_group"], r["score"]): r["n_kommuner"] for r in groups}
    assert n == {("small", s): int(s in (0, 1, 4)) for s in range(5)} | {("large", s): int(s == 4) for s in range(5)}
    assert {(r["kommune_group"], r["kommune_group_no"], r["kommune_group_nb"], r["n_total"]) for r in groups} == {
        ("small", 1, "Små", 3),
        ("large", 2, "Store", 1),
    }
    assert {r["mean_score"] for r in groups} == {5 / 3, 4.0}
