"""Primary suppression: the rows that tell of few respondents, by the rule of their survey.

Not here: which other rows are hidden beside them (hide.py).
"""

from pipelines.disclosure.answers import Base, Row, Rule


def few(row: Row, base: Base, rule: Rule) -> str:
    """What a row tells of few: `base`, `answer`, `rest`, `group` or `amount`; '' where it may be shown."""
    if is_few(row.n_answers, rule):
        return "base"
    if row.largest_share is not None and rule.dominance_share is not None and row.largest_share > rule.dominance_share:
        return "amount"
    if row.n_selected is None:
        return ""
    if is_few(row.n_selected, rule):
        return "answer"
    rest = row.n_answers - row.n_selected
    if is_few(rest, rule):
        return "rest"
    # 0 is no cell of few; but of a group that gave one answer, each has given it.
    return "group" if base.is_sensitive and rest == 0 and row.n_answers < rule.small_group else ""


def is_few(n: int, rule: Rule) -> bool:
    return 0 < n < rule.threshold
