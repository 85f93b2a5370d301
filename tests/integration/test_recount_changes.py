"""The tests of differences, counted again from the published estimates: who is tested, p, p adjusted, overlap.

Not here: the standard errors of differences (tests/unit/test_estimates_equal_r.py).
"""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from tests.line import Line

FAMILY = ["comparison", "survey", "wave", "population", "question_id", "statistic", "answer", "breakdown"]
ESTIMATE = ["survey", "wave", "population", "question_id", "statistic", "answer", "breakdown", "category"]
CENSUSES = {"ssb_kommune", "ssb_stat"}


@pytest.fixture(scope="module")
def changes(built: Line) -> pd.DataFrame:
    """Every difference, with n_answers, std_error, ci_lower and ci_upper of both sides: _later and _earlier."""
    estimates = built.table("survey_estimates").fillna({"answer": ""})
    estimates = estimates[[*ESTIMATE, "n_answers", "std_error", "ci_lower", "ci_upper"]]
    table = built.table("survey_changes").fillna({"answer": ""})
    later = table.merge(estimates, on=ESTIMATE, suffixes=("", "_later"))
    earlier = estimates.rename(columns={"wave": "compared_wave", "category": "compared_category"})
    on = [{"wave": "compared_wave", "category": "compared_category"}.get(name, name) for name in ESTIMATE]
    both = later.merge(earlier, on=on, suffixes=("", "_earlier"))
    assert len(both) == len(table)
    return both


def test_who_is_not_tested_and_why(changes: pd.DataFrame) -> None:
    errors = changes[["std_error_later", "std_error_earlier"]]
    expected = np.select(
        [changes["survey"].isin(CENSUSES), errors.isna().any(axis=1), (errors == 0).any(axis=1)],
        ["full_count", "one_answer", "no_variance"],
        "",
    )
    assert {"full_count", "no_variance", ""} <= set(expected)
    assert changes["no_test_reason"].fillna("").tolist() == expected.tolist()
    assert (changes["p_value"].isna() == (expected != "")).all()
    assert (changes["p_adjusted"].isna() == (expected != "")).all()
    # The differences stay.
    assert changes["difference"].notna().all()


def test_p_is_that_of_the_normal_distribution(changes: pd.DataFrame) -> None:
    tested = changes[changes["p_value"].notna()]
    p = 2 * norm.sf((tested["difference"] / tested["std_error"]).abs())
    assert tested["p_value"].to_numpy() == pytest.approx(p, rel=1e-9, abs=1e-300)


def test_p_is_adjusted_by_holm_within_its_family(changes: pd.DataFrame) -> None:
    tested = changes[changes["p_value"].notna()]
    n_raised = 0
    for _, family in tested.groupby(FAMILY):
        ordered = family.sort_values("p_value")
        least = 0.0
        for left, (p, adjusted) in zip(
            range(len(ordered), 0, -1), ordered[["p_value", "p_adjusted"]].itertuples(index=False), strict=True
        ):
            least = max(least, min(1.0, left * p))
            assert adjusted == pytest.approx(least, rel=1e-12)
            n_raised += adjusted > p
    assert n_raised > 1000


def test_overlap_is_that_of_the_two_intervals(changes: pd.DataFrame) -> None:
    has_both = changes[["ci_lower_later", "ci_lower_earlier"]].notna().all(axis=1)
    assert changes.loc[~has_both, "overlaps_compared"].isna().all()
    both = changes[has_both]
    apart = (both["ci_upper_later"] < both["ci_lower_earlier"]) | (both["ci_upper_earlier"] < both["ci_lower_later"])
    assert (both["overlaps_compared"].astype(bool) == ~apart).all()
    assert 0 < apart.sum() < len(both)


def test_no_interval_of_a_share_leaves_0_to_1_or_has_no_width(built: Line) -> None:
    table = built.table("survey_estimates")
    shares = table[(table["statistic"] == "share") & ~table["survey"].isin(CENSUSES)]
    assert shares["ci_lower"].between(0, 1).all()
    assert shares["ci_upper"].between(0, 1).all()
    assert (shares["ci_lower"] < shares["ci_upper"]).all()
    edges = shares["estimate"].isin([0, 1])
    assert edges.sum() > 400


def test_small_bases_and_effective_numbers(built: Line) -> None:
    table = built.table("survey_estimates")
    assert (table["is_small_base"] == (table["n_answers"] < 30)).all()
    known = table[table["design_effect"].notna()]
    assert known["effective_n"].to_numpy() == pytest.approx(known["n_answers"] / known["design_effect"])
    # Unweighted and of one stratum, a domain varies as a sample of its own, but for n/(n-1) of the stratum.
    unweighted = known[(known["survey"] == "itip") & (known["breakdown"] == "all") & (known["n_answers"] > 100)]
    assert unweighted["design_effect"].between(0.8, 1.02).all()
    assert set(table.loc[table["survey"].isin(CENSUSES), "design_effect"].dropna()) == set()
