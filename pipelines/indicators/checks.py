"""Re-derive the medians that fixed the thresholds, and say which no longer hold.

Not here: changing a threshold; they are fixed at the reference wave (seeds/indicators).
"""

from collections.abc import Sequence

import pandas as pd

from pipelines.indicators.rules import Indicator


def reference_medians(distributions: pd.DataFrame, indicators: Sequence[Indicator]) -> list[str]:
    """One line for each simple indicator whose median in its reference wave is not the one in the seed.

    distributions: the table indicator_distributions. An indicator whose reference wave is not loaded has no line.
    """
    moved = []
    for indicator in indicators:
        if indicator.reference_median is None:
            continue
        native = distributions[
            (distributions["indicator"] == indicator.name)
            & (distributions["wave"] == indicator.reference_wave)
            & (distributions["division_year"] == indicator.reference_wave)
        ]
        if native.empty:
            continue
        median = native["median_value"].iloc[0]
        if pd.isna(median) or float(median) != indicator.reference_median:
            moved.append(
                f"{indicator.name}: the median of {indicator.reference_wave} is {median}, "
                f"seeds/indicators/indicator.csv has {indicator.reference_median:g}"
            )
    return moved
