"""Re-derive the medians that fixed the thresholds, and say which no longer hold.

Not here: changing a threshold; they are fixed at the reference wave (seeds/indicators).
"""

from collections.abc import Iterable, Sequence

from pipelines.indicators.rules import Indicator
from pipelines.indicators.tables import DISTRIBUTION, Row


def reference_medians(distributions: Iterable[Row], indicators: Sequence[Indicator]) -> list[str]:
    """One line for each simple indicator whose median in its reference wave is not the one in the seed.

    distributions: the rows of indicator_distributions. An indicator whose reference wave is not loaded has no line.
    """
    medians = {DISTRIBUTION(row): row["median_value"] for row in distributions}
    moved = []
    for indicator in indicators:
        expected = indicator.reference_median
        found = medians.get((indicator.reference_wave, indicator.reference_wave, indicator.name), expected)
        if found != expected:
            moved.append(
                f"{indicator.name}: the median of {indicator.reference_wave} is {found}, "
                f"seeds/indicators/indicator.csv has {expected:g}"
            )
    return moved
