"""Claims in words: every status judged again, some counted from the delivered files, and what swapped answers do.

Not here: the second judge (claims.py), what is swapped (swaps.py), and the numbers of the cells (test_recount*.py).
"""

import numpy as np
import pandas as pd
import pytest

from pipelines.ingest.codebook import wave_rows
from tests.integration.claims import Published, every_claim, seed
from tests.integration.scenarios import Ended
from tests.integration.swaps import SWAPS
from tests.line import Line

# Tables of numbers that rest on questions which their row keys do not name.
OF_MANY_QUESTIONS = {"goal_key_figures", "goal_scorecard", "itip_indicators"}
GROUP_DIFFERENCES = "dfo_tillit_gruppeforskjeller"


def statuses(line: Line) -> pd.DataFrame:
    return line.table("statement_reconciliation").set_index("statement_id")


def test_every_claim_is_judged_alike_twice(built: Line) -> None:
    tables = built.tables()
    status = tables["statement_reconciliation"].set_index("statement_id")["status"].to_dict()
    again = every_claim(built.project, tables)
    assert {name: (status.get(name), again[name]) for name in again if status.get(name) != again[name]} == {}
    assert len(status) == len(again)
    # Of these there are some, or they would not have been compared.
    assert {"holds", "holds_within_noise", "explained", "carried", "not_computable"} <= set(again.values())


# Swapped answers


def test_swaps_are_ten_and_in_all_four_surveys() -> None:
    assert len({swap.statement_id for swap in SWAPS}) == len(SWAPS) == 10
    assert {swap.survey for swap in SWAPS} == {"dfo_innbygger", "itip", "ssb_stat", "ssb_kommune"}


@pytest.mark.parametrize("statement_id", [swap.statement_id for swap in SWAPS])
def test_swapped_answers_contradict_the_claim_that_held(built: Line, swapped: Ended, statement_id: str) -> None:
    assert swapped.run.code == 0, swapped.run.err
    assert statuses(built).loc[statement_id, "status"] == "holds"
    assert statuses(swapped.line).loc[statement_id, "status"] == "contradicted"


def test_swapped_answers_change_no_claim_that_reads_others(built: Line, swapped: Ended) -> None:
    questions = {
        row["question_id"]
        for swap in SWAPS
        for row in wave_rows(swap.survey, swap.wave)
        if row["column_name"] in swap.columns
    }
    terms = pd.DataFrame(seed(built.project, "statement_term"))
    asked = terms["row_key"].str.extract(r"question_id=([^;]*)", expand=False).fillna("").str.split("|")
    reads_swapped = asked.map(lambda names: bool(questions & set(names))) | terms["table_name"].isin(OF_MANY_QUESTIONS)
    before = statuses(built)
    others = sorted(set(before.index) - set(terms.loc[reads_swapped, "statement_id"]))
    assert len(others) > 150
    pd.testing.assert_frame_equal(statuses(swapped.line).loc[others], before.loc[others])


def test_every_claim_of_swapped_answers_is_judged_alike_twice(swapped: Ended) -> None:
    again = every_claim(swapped.line.project, swapped.line.tables())
    status = statuses(swapped.line)["status"].to_dict()
    assert {name: (status[name], again[name]) for name in again if status[name] != again[name]} == {}


# How sure a claim about many differences is


def redrawn(line: Line) -> np.ndarray:
    """[draw, pair]: sizes of the differences that the claim is about, redrawn from estimates and standard errors."""
    tables = {name: line.table(name) for name in ("survey_estimates", "survey_changes")}
    published = Published(tables)
    keys = [
        term["row_key"]
        for term in seed(line.project, "statement_term")
        if term["statement_id"] == GROUP_DIFFERENCES and term["side"] == "a"
    ]
    positions = [position for key in keys for position in published.rows("survey_changes", key)]
    pairs = tables["survey_changes"].iloc[positions]
    estimates = tables["survey_estimates"].set_index(["wave", "question_id", "statistic", "breakdown", "category"])
    named = ["wave", "question_id", "statistic", "breakdown"]
    of_group = pd.MultiIndex.from_frame(
        pd.concat(
            [
                pairs[[*named, "category"]],
                pairs[[*named, "compared_category"]].rename(columns={"compared_category": "category"}),
            ]
        )
    )
    groups = estimates.loc[of_group.unique(), ["estimate", "std_error"]]
    assert len(pairs) == 45
    draws = np.random.default_rng(20231).normal(groups["estimate"], groups["std_error"], (2_000, len(groups)))
    one, other = groups.index.get_indexer(of_group[:45]), groups.index.get_indexer(of_group[45:])
    return np.abs(draws[:, one] - draws[:, other])


def test_group_differences_stay_as_claimed_in_nearly_all_redraws(built: Line) -> None:
    sizes = redrawn(built)
    low, high = np.quantile(sizes, [0.1, 0.9], axis=1)
    assert ((low >= 0.05) & (high <= 1.55)).mean() >= 0.9
    assert (((sizes >= 0.05) & (sizes <= 1.55)).mean(axis=1) >= 0.9).mean() >= 0.9
