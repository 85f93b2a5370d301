"""Where the build database lies, and what it may take: said here and not in profiles.yml, since dbt reads its whole
project anew where a profile says another place than before.

Not here: what the place is (pipelines/common/settings.py).
"""

import os
from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin


class Plugin(BasePlugin):
    """Found by dbt through profiles.yml."""

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        creds.path = os.environ["TILSTAND_BUILD_DB"]
        config["memory_limit"] = os.environ["TILSTAND_MEMORY_LIMIT"]
        config["temp_directory"] = os.environ["TILSTAND_TEMP_DIR"]
