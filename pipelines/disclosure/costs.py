"""What hiding a row costs: roughly, how much a reader misses it.

Not here: which rows are hidden.
"""

from math import log1p

from pipelines.disclosure.answers import Row

# A mean says more than a share, a group of answers more than one, and a total more than a part.
OF_STATISTIC = {"mean": 4.0, "median": 3.0, "share": 1.0}
OF_A_GROUP = 2.0
OF_A_TOTAL = 20.0
# Of a category hidden in everything that is told of a population, and of one that an answer picks out.
OF_A_CATEGORY = 200.0
OF_A_PICKED_CATEGORY = 20.0
# What hardly anyone asks for: where respondents live, how many did not know or answer.
OF_A_PLACE = 2.0
OF_COUNTS = 1.0


def of_row(row: Row, is_total: bool) -> float:
    codes = row.statistic.codes
    is_group = codes is not None and codes[0] != codes[1]
    cost = OF_STATISTIC[row.statistic.statistic] * log1p(row.n_answers)
    return cost * (OF_A_GROUP if is_group else 1.0) * (OF_A_TOTAL if is_total else 1.0)


def of_category(n: int, is_total: bool) -> float:
    return OF_A_CATEGORY * log1p(n) * (OF_A_TOTAL if is_total else 1.0)
