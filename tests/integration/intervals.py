"""The 95 % interval of an estimate, by scipy.

Not here: the standard error (each recount has its own).
"""

from math import nan

from scipy.special import expit, logit
from scipy.stats import beta, norm

QUANTILE = norm.ppf(0.975)


def confidence_interval(
    statistic: str, estimate: float, error: float, n: int, is_census: bool = False
) -> tuple[float, float]:
    """Of a mean the normal one; of a share that of its logit, and of none or all that of Clopper and Pearson."""
    if statistic != "share":
        return estimate - QUANTILE * error, estimate + QUANTILE * error
    if estimate in (0, 1):
        limits = (0.0, beta.ppf(0.975, 1, n)) if estimate == 0 else (beta.ppf(0.025, n, 1), 1.0)
        return (nan, nan) if is_census else limits
    reach = QUANTILE * error / (estimate * (1 - estimate))
    return expit(logit(estimate) - reach), expit(logit(estimate) + reach)
