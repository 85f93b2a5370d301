"""What is in force is evidence: what real data a release to be made would leave out of it, or hide.

Not here: reading what is in force (pipelines/common/in_force.py), and what its tables would lose (drift.py).
"""

from collections.abc import Iterable, Sequence

from pipelines.common.in_force import Input


def why_not(before: Sequence[Input], after: Sequence[Input]) -> list[str]:
    """Why the inputs `after` may not take the place of those in force, `before`; nothing where they may."""
    if before and not after:
        return [f"it is made from {_named(i.wave for i in before)}, and no wave is left"]
    real, synthetic = (_waves(before, is_synthetic=False), _waves(after, is_synthetic=True))
    turned = sorted(real.keys() & synthetic.keys())
    reasons = [f"{_named(turned)} is real in it and would be synthetic"] if turned else []
    kept = {survey for wave, survey in _waves(after, is_synthetic=False).items()}
    surveys = set(real.values()) & set(synthetic.values()) - kept - {real[wave] for wave in turned}
    for survey in sorted(surveys):
        was, would_be = (_named(w for w, of in waves.items() if of == survey) for waves in (real, synthetic))
        reasons.append(f"{was} is real in it, and of {survey} only synthetic data would be left ({would_be})")
    if not reasons and synthetic and before and not any(i.is_synthetic for i in before):
        reasons.append(f"nothing in it is synthetic ({_named(real)}), and {_named(synthetic)} would be")
    return reasons


def missing_waves(before: Sequence[Input], after: Sequence[Input]) -> list[str]:
    """The waves of `before` that `after` does not have."""
    return sorted({i.wave for i in before} - {i.wave for i in after})


def _waves(inputs: Iterable[Input], is_synthetic: bool) -> dict[str, str]:
    """{wave: its survey} of the inputs that are synthetic, or not."""
    return {i.wave: i.survey for i in inputs if i.is_synthetic == is_synthetic}


def _named(waves: Iterable[str]) -> str:
    return ", ".join(sorted(set(waves)))
