"""Where tasks run: processes of this machine, or a cluster.

Not here: what a task is (tasks.py), and how the processes (local.py) and the cluster (spark.py) are had.
"""

from pipelines.common.settings import LOCAL, RUNNER, Settings, SettingsError
from pipelines.scale.local import LocalRunner
from pipelines.scale.tasks import Runner


def runner(settings: Settings) -> Runner:
    """What TILSTAND_RUNNER names. Raises SettingsError where it cannot be had."""
    if settings.runner == LOCAL:
        return LocalRunner()
    raise SettingsError(f"{RUNNER}={settings.runner} is not there yet")
