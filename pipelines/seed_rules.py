"""Every rule that the seeds have to keep: what is declared of them, and what each layer asks of them.

Not here: the rules (common/seed_check, and seed_rules.py of the layers), and what a mistake leads to.
"""

from functools import cache

from pipelines.common.seed_check.check import check_seeds
from pipelines.common.seed_check.tables import Finding
from pipelines.indicators.seed_rules import RULES as OF_GOALS
from pipelines.ingest.seed_rules import RULES as OF_INGEST
from pipelines.publish.seed_rules import RULES as OF_RELEASES
from pipelines.reconciliation.seed_rules import RULES as OF_FIGURES
from pipelines.transform.seed_rules import RULES as OF_MODELS


@cache
def mistakes() -> tuple[Finding, ...]:
    """The mistakes in the project's seeds by file and line; a process that reads them reads them once."""
    return tuple(check_seeds(more=(*OF_GOALS, *OF_INGEST, *OF_FIGURES, *OF_MODELS, *OF_RELEASES)))
