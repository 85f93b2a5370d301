"""Whether the shipped sample says what the documents say in words: all that it is made for; of the rest it is told.

Not here: how claims become targets (tests/sample), and what a relation means (tests/unit/test_statements.py).
"""

from tests.line import Line

CONTRADICTED = ["contradicted", "contradicted_within_noise"]


def test_no_claim_that_the_sample_is_made_for_is_contradicted(built: Line) -> None:
    claims = built.table("statement_reconciliation")
    aimed_at = claims[claims["is_sample_target"]]
    assert len(aimed_at) > len(claims) / 2
    assert aimed_at.loc[aimed_at["status"].isin(CONTRADICTED), "statement_id"].tolist() == []


def test_how_many_of_the_other_claims_hold_is_told_apart(built: Line) -> None:
    claims = built.table("statement_reconciliation")
    counts = claims.loc[~claims["is_sample_target"], "status"].value_counts()
    said = (built.data_dir / "first_run.txt").read_text(encoding="utf-8")
    (told,) = (line for line in said.splitlines() if "no target of the sample" in line)
    assert f": {counts.sum()} (" in told
    assert [f"{n} {status}" for status, n in counts.items() if f"{n} {status}" not in told] == []
