"""Where everything lies: every path follows from the data directory, read from the environment once.

Not here: opening or writing any of these places.
"""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT_DIR = Path(__file__).parent.parent
DBT_PROJECT_DIR = PROJECT_DIR / "dbt_project"


@dataclass(frozen=True)
class Settings:
    """The paths below `data_dir`; see docs/operating.md for what each is."""

    data_dir: Path

    @classmethod
    def from_env(cls) -> "Settings":
        """Settings for $TILSTAND_DATA_DIR (default: data/ in the project).

        Raises NotADirectoryError when the variable names a file.
        """
        data_dir = Path(os.environ.get("TILSTAND_DATA_DIR") or PROJECT_DIR / "data").expanduser().resolve()
        if data_dir.exists() and not data_dir.is_dir():
            raise NotADirectoryError(f"TILSTAND_DATA_DIR names {data_dir}, which is a file; name a folder")
        return cls(data_dir)

    @property
    def landing(self) -> Path:
        return self.data_dir / "landing"

    @property
    def quarantine(self) -> Path:
        return self.data_dir / "quarantine"

    @property
    def published(self) -> Path:
        return self.data_dir / "published"

    @property
    def warehouse(self) -> Path:
        return self.data_dir / "warehouse.duckdb"

    @property
    def work(self) -> Path:
        return self.data_dir / "work"

    @property
    def build_db(self) -> Path:
        return self.work / "build.duckdb"

    @property
    def dbt_target(self) -> Path:
        return self.work / "dbt"

    @property
    def dagster_home(self) -> Path:
        return self.work / "dagster"

    def environment(self) -> dict[str, str]:
        """What dbt and Dagster read from the environment, for this data directory."""
        return {
            "TILSTAND_DATA_DIR": str(self.data_dir),
            "TILSTAND_BUILD_DB": str(self.build_db),
            "DBT_TARGET_PATH": str(self.dbt_target),
            "DBT_LOG_PATH": str(self.work / "logs"),
            "DAGSTER_HOME": str(self.dagster_home),
        }
