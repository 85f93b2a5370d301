"""Waves that can be seen through: who answers yes and no to one question, by sex and region.

Not here: what is known of them (test_blocks.py), and hidden (test_hide.py).
"""

from dataclasses import replace

from pipelines.disclosure.answers import Answer, Base, Row, Rule, Statistic, Wave

RULE = Rule(threshold=5, small_group=10, protection=3, dominance_share=0.5)
YES, NO, DONT_KNOW, BLANK = (
    Answer("answer", 1, 1.0),
    Answer("answer", 2, 2.0),
    Answer("dont_know", 9, None),
    Answer("no_answer", None, None),
)
SHARE = Statistic(1, "share", False, (1, 1), None)
MEAN = Statistic(2, "mean", False, None, None)
ALL, WOMEN, MEN, NORTH, SOUTH, EAST = range(6)
BREAKDOWNS = {"all": [ALL], "sex": [WOMEN, MEN], "region": [NORTH, SOUTH, EAST]}


def base(yes_no: dict[int, tuple[int, ...]], **beside: object) -> Base:
    """The answers yes, no, don't know and none of each category, with the rows that an estimate of them has."""
    made = Base(1, "p", "q", False)
    for domain, numbers in yes_no.items():
        counts = dict(zip((YES, NO, DONT_KNOW, BLANK), (*numbers, 0, 0), strict=False))
        made.counts[domain] = {answer: n for answer, n in counts.items() if n or domain == ALL}
        answered = counts[YES] + counts[NO]
        if answered:
            made.rows += [
                Row(SHARE, domain, answered, counts[YES], None, False),
                Row(MEAN, domain, answered, None, None, False),
            ]
    return replace(made, **beside)  # type: ignore[arg-type]


def wave(*bases: Base, **beside: object) -> Wave:
    made = Wave("s", 2001, RULE, whole=ALL)
    made.breakdowns.update(BREAKDOWNS)
    made.bases += bases
    return replace(made, **beside)  # type: ignore[arg-type]


MANY = {ALL: (60, 60), WOMEN: (30, 30), MEN: (30, 30), NORTH: (20, 20), SOUTH: (20, 20), EAST: (20, 20)}
