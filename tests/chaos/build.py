"""The private build database, damaged, older or with a log beside it, while a delivery waits to be loaded.

Not here: what is done with it (tests/unit/test_warehouse.py).
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from random import Random

import duckdb

from pipelines.common.settings import Settings
from pipelines.publish.warehouse_copy import log_beside
from tests.chaos import damage, holds
from tests.chaos.damage import WRITE
from tests.chaos.ground import AFTER, ANEW, WAITING, Ground
from tests.chaos.trial import Trial

BUILD_DATABASE = "damaged or older build database"


def of_file(kind: Callable[..., None]) -> Callable[[Settings, Random], None]:
    def change(settings: Settings, random: Random) -> None:
        kind(settings.build_db, random)

    change.__name__ = kind.__name__
    return change


def text(settings: Settings, _: Random) -> None:
    settings.build_db.write_text("no database", encoding="utf-8")


def noise(settings: Settings, random: Random) -> None:
    """In one place, a block's worth of it."""
    with settings.build_db.open("r+b") as file:
        file.seek(random.randrange(settings.build_db.stat().st_size))
        file.write(random.randbytes(4096))


def older(settings: Settings, _: Random) -> None:
    """Of a project whose log knew of no warnings."""
    with duckdb.connect(str(settings.build_db)) as con:
        con.execute("alter table raw.extract_load drop column n_warnings")
        con.execute("alter table raw.extract_load drop column warnings")


def other_models(settings: Settings, _: Random) -> None:
    """Of a project that made a table where this one makes a view, and the other way round."""
    with duckdb.connect(str(settings.build_db)) as con:
        con.execute("drop table if exists marts.survey_waves cascade")
        con.execute("create view marts.survey_waves as select 1 as n")
        con.execute("drop view if exists staging.stg_ssb_kommune cascade")
        con.execute("create or replace table staging.stg_ssb_kommune as select 1 as n")


def rows_gone(settings: Settings, _: Random) -> None:
    with duckdb.connect(str(settings.build_db)) as con:
        con.execute("delete from raw.ssb_kommune")


def log_of_another(settings: Settings, random: Random) -> None:
    log_beside(settings.build_db).write_bytes(random.randbytes(4096))


def log_left(settings: Settings, _: Random) -> None:
    """Someone opened it, changed it and died."""
    died = WRITE.format("os._exit(0)")
    subprocess.run([sys.executable, "-c", died, str(settings.build_db), "delete from raw.ssb_kommune"], check=True)
    assert log_beside(settings.build_db).exists()


def no_work(settings: Settings, _: Random) -> None:
    shutil.rmtree(settings.work)


# What the next run has to publish. What was in use before is told of by the database alone: where that is lost, so is
# its history. Where chance decides whether it is hit where it matters, a run that set it aside lost it, and no other.
KINDS: tuple[tuple[Callable[[Settings, Random], None], str, str | None], ...] = (
    (of_file(damage.bit), AFTER, ANEW),
    (of_file(damage.cut), AFTER, ANEW),
    (of_file(damage.emptied), ANEW, None),
    (of_file(damage.gone), ANEW, None),
    (text, ANEW, None),
    (noise, AFTER, ANEW),
    (other_models, AFTER, None),
    (rows_gone, AFTER, None),
    (log_of_another, AFTER, None),
    (log_left, AFTER, None),
    (no_work, ANEW, None),
)


def trials() -> list[Trial]:
    changed = [Trial(BUILD_DATABASE, kind.__name__, partial(damaged, kind, *expected)) for kind, *expected in KINDS]
    return [*changed, Trial(BUILD_DATABASE, older.__name__, of_older_project)]


def damaged(
    kind: Callable[[Settings, Random], None], expected: str, if_set_aside: str | None, ground: Ground, random: Random
) -> list[str]:
    kind(ground.lay(WAITING).settings, random)
    return holds.in_force(ground) + holds.after_next_run(ground, expected, if_set_aside)


def of_older_project(ground: Ground, random: Random) -> list[str]:
    """It is used as it is, with the columns that it lacks; what the log tells of files before is without them."""
    older(ground.lay(WAITING).settings, random)
    return holds.in_force(ground) + holds.after_next_run_of_deliveries(ground, AFTER)
