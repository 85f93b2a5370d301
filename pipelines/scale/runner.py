"""Where tasks run: processes of this machine, or a cluster.

Not here: what a task is (tasks.py), and how the processes (local.py) and the cluster (spark.py) are had.
"""

from pipelines.common.settings import LOCAL, Settings
from pipelines.scale.local import LocalRunner
from pipelines.scale.spark import SparkRunner
from pipelines.scale.tasks import Runner


def runner(settings: Settings) -> Runner:
    """What TILSTAND_RUNNER names; its first results raise SettingsError where it cannot be had."""
    return LocalRunner() if settings.runner == LOCAL else SparkRunner(settings.spark_master)
