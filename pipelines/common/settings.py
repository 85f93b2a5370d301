"""Where everything lies and what is configured: read from the environment, and validated there.

Not here: opening or writing any of these places.
"""

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pipelines.common.seeds import read_seed
from pipelines.common.terminal import CONTROLS, without_controls

PROJECT_DIR = Path(__file__).parent.parent.parent
DBT_PROJECT_DIR = PROJECT_DIR / "dbt_project"

DATA_DIR, MAX_EXTRACT_MB, NOTIFY_URL = "TILSTAND_DATA_DIR", "TILSTAND_MAX_EXTRACT_MB", "TILSTAND_NOTIFY_URL"
MEMORY_GB, PSEUDONYM_KEY = "TILSTAND_MEMORY_GB", "TILSTAND_PSEUDONYM_KEY"
TARGET_URL = "TILSTAND_TARGET_URL"
HISTORY_DAYS, DEFAULT_HISTORY_DAYS = "TILSTAND_HISTORY_DAYS", 90
# Where shards are worked on: processes of this machine, or a Spark cluster.
RUNNER, LOCAL, SPARK = "TILSTAND_RUNNER", "local", "spark"
SPARK_MASTER = "TILSTAND_SPARK_MASTER"
SOURCE_URL = re.compile(r"TILSTAND_SOURCE_([A-Z0-9_]+)_URL")
# Whose answers the rule on disclosure protects: those that are not synthetic, or all.
DISCLOSURE, ALL_WAVES = "TILSTAND_DISCLOSURE", "all"
DEFAULT_MAX_EXTRACT_BYTES = 500_000_000
DEFAULT_MEMORY_LIMIT = "4GB"
LEAST_MEMORY_GB, MOST_MEMORY_GB = 0.5, 1_000_000
MIN_KEY_LENGTH = 32
# To Dagster's database # ? %41 mean something else, DuckDB takes \ for /, and what is shown has to stay one line.
NOT_IN_PATHS = re.compile(rf"[#?\\]|%[0-9A-Fa-f]{{2}}|{CONTROLS.pattern}")


class SettingsError(ValueError):
    """An environment variable, or how this is installed, is what it cannot be; the message names it and what to do."""


@dataclass(frozen=True)
class Settings:
    """The paths below `data_dir`, and what is configured; see docs/operations.md for what each is.

    A delivered file of more than `max_extract_bytes` is refused. Failed runs are posted to `notify_url`, if any.
    DuckDB keeps to `memory_limit`, a number and GB. `pseudonym_key` makes the pseudonyms of respondents; it is secret.
    With `protects_synthetic` the rule on disclosure holds for synthetic answers as well.
    What Dagster notes of a run is kept for `history_days`. The release in force is copied to `target_url`, if any.
    `source_urls` are base addresses in place of those of seeds/sources, by source.
    Shards are worked on by `runner`; with Spark by the cluster of `spark_master`, or that of its own configuration.
    """

    data_dir: Path
    max_extract_bytes: int = DEFAULT_MAX_EXTRACT_BYTES
    notify_url: str | None = None
    memory_limit: str = DEFAULT_MEMORY_LIMIT
    pseudonym_key: str | None = field(default=None, repr=False)
    protects_synthetic: bool = False
    history_days: int = DEFAULT_HISTORY_DAYS
    target_url: str | None = field(default=None, repr=False)  # it may hold a password
    source_urls: Mapping[str, str] = field(default_factory=dict, repr=False)  # an address may hold a password
    runner: str = LOCAL
    spark_master: str | None = None

    @classmethod
    def from_env(cls) -> "Settings":
        """What the environment says; a variable that is not set, or blank, has its default.

        Raises SettingsError when a variable has a wrong value.
        """
        return cls(
            _data_dir(),
            _max_extract_bytes(),
            _notify_url(),
            _memory_limit(),
            _pseudonym_key(),
            _protects_synthetic(),
            _history_days(),
            os.environ.get(TARGET_URL, "").strip() or None,
            _source_urls(),
            _runner(),
            os.environ.get(SPARK_MASTER, "").strip() or None,
        )

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
    def last_run(self) -> Path:
        """What the last run that succeeded was made from."""
        return self.work / "last_run.json"

    @property
    def shards(self) -> Path:
        """What was counted of shards."""
        return self.work / "shards"

    @property
    def temp_dir(self) -> Path:
        """Where DuckDB puts what does not fit in memory."""
        return temp_dir_beside(self.build_db)

    @property
    def shared_temp(self) -> Path:
        """Where Dagster's pages and daemon leave temporary files, and the sockets by which they reach each other."""
        return self.work / "tmp"

    @property
    def dbt_target(self) -> Path:
        return self.work / "dbt"

    @property
    def dagster_home(self) -> Path:
        return self.work / "dagster"

    def environment(self) -> dict[str, str]:
        """What dbt reads from the environment, for this data directory; the key is not among it."""
        return {
            "TILSTAND_BUILD_DB": str(self.build_db),
            "TILSTAND_MEMORY_LIMIT": self.memory_limit,
            "TILSTAND_TEMP_DIR": str(self.temp_dir),
            "TILSTAND_DBT_PLUGINS": str(DBT_PROJECT_DIR / "plugins"),
            "DBT_TARGET_PATH": str(self.dbt_target),
            "DBT_LOG_PATH": str(self.work / "logs"),
            DISCLOSURE: ALL_WAVES if self.protects_synthetic else "",
            DATA_DIR: str(self.data_dir),
            RUNNER: self.runner,
            SPARK_MASTER: self.spark_master or "",
            "PYTHONIOENCODING": "utf-8",  # what it says is read as such, whatever the terminal shows
        }


def require_checkout(project: Path = PROJECT_DIR) -> None:
    """Raises SettingsError where the package is installed without the folders that a run reads beside it."""
    if missing := [name for name in ("dbt_project", "seeds") if not (project / name).is_dir()]:
        raise SettingsError(
            f"{project} has no {' and no '.join(missing)}, for this is the package without its project; "
            "clone the project and use `make run` there, or install the clone with `pip install --editable`"
        )


def temp_dir_beside(build_db: Path) -> Path:
    """Where DuckDB puts what does not fit in memory, for a database."""
    return build_db.parent / "duckdb_temp"


def _data_dir() -> Path:
    said = os.environ.get(DATA_DIR, "")
    try:
        data_dir = Path(said if said.strip() else PROJECT_DIR / "data").expanduser().resolve()
        is_file = data_dir.exists() and not data_dir.is_dir()
    except (OSError, RuntimeError) as error:  # RuntimeError: the home of nobody, links in a circle
        problem = f"{DATA_DIR} is {said!r}, which cannot be looked at ({error})"
        raise SettingsError(f"{problem}; name a folder that may be read") from error
    if wrong := NOT_IN_PATHS.search(str(data_dir)):
        shown, sign = without_controls(str(data_dir)), without_controls(wrong.group())
        named = f"{DATA_DIR} names {shown}" if said.strip() else f"{DATA_DIR} is not set, so the data lie in {shown}"
        raise SettingsError(f"{named}; '{sign}' in a path does not work here: set {DATA_DIR} to a folder without it")
    if is_file:
        raise SettingsError(f"{DATA_DIR} names {data_dir}, which is a file; name a folder")
    return data_dir


def _max_extract_bytes() -> int:
    said = os.environ.get(MAX_EXTRACT_MB, "").strip()
    if not said:
        return DEFAULT_MAX_EXTRACT_BYTES
    n_bytes = float(said) * 1_000_000 if re.fullmatch(r"[0-9]+(\.[0-9]+)?", said) else 0
    if n_bytes < 1 or not math.isfinite(n_bytes):
        raise SettingsError(f"{MAX_EXTRACT_MB} is {said!r}; give a number of megabytes greater than 0, such as 500")
    return int(n_bytes)


def _notify_url() -> str | None:
    said = os.environ.get(NOTIFY_URL, "").strip()
    if said and not _is_address(said):
        raise SettingsError(
            f"{NOTIFY_URL} is {said!r}; give a whole address that begins with https:// or http://, or leave it out"
        )
    return said or None


def _is_address(said: str) -> bool:
    try:
        parts = urlsplit(said)
        is_right = bool(parts.hostname) and parts.port != 0  # .port raises ValueError when it is no port
    except ValueError:
        return False
    return is_right and bool(re.fullmatch(r"https?://[!-~]+", said, re.IGNORECASE))


def _source_urls() -> dict[str, str]:
    found = {}
    for variable, value in sorted(os.environ.items()):
        named, said = SOURCE_URL.fullmatch(variable), value.strip()
        if not named or not said:
            continue
        known = [row["source"] for row in read_seed("source")]
        if named[1].lower() not in known:
            raise SettingsError(f"{variable} names no source; there are {', '.join(known)} (seeds/sources/source.csv)")
        if not _is_address(said) or {"?", "#"} & set(said):
            wrong = f"{variable} is no base address (it is not shown here: it may hold a password)"
            raise SettingsError(f"{wrong}; give one that begins with https:// or http://, without ? and #")
        found[named[1].lower()] = said
    return found


def _memory_limit() -> str:
    said = os.environ.get(MEMORY_GB, "").strip()
    if not said:
        return DEFAULT_MEMORY_LIMIT
    is_number = re.fullmatch(r"[0-9]+(\.[0-9]+)?", said)
    if not is_number or not LEAST_MEMORY_GB <= float(said) <= MOST_MEMORY_GB:
        raise SettingsError(f"{MEMORY_GB} is {said!r}; give a number of gigabytes from {LEAST_MEMORY_GB:g}, such as 4")
    return f"{said}GB"


def _pseudonym_key() -> str | None:
    said = os.environ.get(PSEUDONYM_KEY, "").strip()
    if said and len(said) < MIN_KEY_LENGTH:
        raise SettingsError(
            f"{PSEUDONYM_KEY} has {len(said)} characters; give at least {MIN_KEY_LENGTH}, "
            "such as python3 -c 'import secrets; print(secrets.token_hex(32))' prints"
        )
    return said or None


def _protects_synthetic() -> bool:
    said = os.environ.get(DISCLOSURE, "").strip()
    if said not in ("", ALL_WAVES):
        remedy = f"write {ALL_WAVES}, or leave it out: then real answers are protected"
        raise SettingsError(f"{DISCLOSURE} is {said!r}; {remedy}")
    return said == ALL_WAVES


def _history_days() -> int:
    said = os.environ.get(HISTORY_DAYS, "").strip()
    if said and (not re.fullmatch(r"[0-9]{1,5}", said) or int(said) < 1):
        raise SettingsError(
            f"{HISTORY_DAYS} is {said!r}; give a whole number of days from 1, such as {DEFAULT_HISTORY_DAYS}"
        )
    return int(said or DEFAULT_HISTORY_DAYS)


def _runner() -> str:
    said = os.environ.get(RUNNER, "").strip() or LOCAL
    if said not in (LOCAL, SPARK):
        raise SettingsError(f"{RUNNER} is {said!r}; write {LOCAL} or {SPARK}, or leave it out: then it is {LOCAL}")
    return said
