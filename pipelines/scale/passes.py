"""The two passes over shards that dbt's Python models are made by: their design first, and all counts by it.

Not here: SQL (dbt_project), what a task does (counting.py), and what is told of it (told.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import duckdb

from pipelines.common.settings import Settings
from pipelines.common.sql import literal
from pipelines.scale.adding import added, as_parquet
from pipelines.scale.counting import Counting, count_shard
from pipelines.scale.kept import Kept, fingerprint
from pipelines.scale.runner import runner
from pipelines.scale.shards import Shard, ShardError, read_shards
from pipelines.scale.statements import Statements, read_statements
from pipelines.scale.told import CELLS, DESIGN, Progress

Tables = Mapping[str, duckdb.DuckDBPyRelation]
Columns = Mapping[str, str]
DESIGN_COLUMNS = {
    "survey": "varchar", "wave": "integer", "part": "varchar", "stratum": "varchar", "n": "bigint",
    "n_without_weight": "bigint", "n_with_size": "bigint", "largest_weight": "double", "smallest_size": "double",
    "largest_size": "double",
}  # fmt: skip
# Of all kinds of counts: which has which is said in dbt_project/macros/counted.sql.
CELL_COLUMNS = {
    "counted": "varchar", "survey": "varchar", "wave": "integer", "question_id": "varchar", "population": "varchar",
    "composite": "varchar", "stratum_id": "integer", "margin": "varchar", "breakdown": "varchar",
    "category_no": "integer", "other_breakdown": "varchar", "other_category_no": "integer",
    "is_of_same_column": "boolean", "questions": "varchar[]", "codes": "smallint[]", "code": "smallint",
    "number": "double", "n": "hugeint", "sum_weight_units": "hugeint", "sum_square_upper": "hugeint",
    "sum_square_lower": "hugeint", "smallest_units": "bigint", "largest_units": "bigint",
}  # fmt: skip
STRATA, KOMMUNER = "harmonised_strata", "harmonised_kommune"  # what the statements read beside a shard


def shard_design(session: duckdb.DuckDBPyConnection, tables: Tables) -> duckdb.DuckDBPyRelation:
    """The design of all shards, one row per stratum, with the columns of harmonised_counted_design.

    Raises ShardError where a weight is larger than the survey says to expect, or a shard that is read as a table is not
    the one that was accepted.
    """
    settings = Settings.from_env()
    given = _statements(session, tables["harmonised_design_statements"])
    for shard in _all_shards(settings, tables):
        if (shard.survey, shard.part) not in given.of:
            shard.require_accepted()  # of those that are counted, the task does it
    designs = _counted(settings, DESIGN, [Counting(shard) for shard in _shards(settings, tables, given)], given)
    expected = dict(tables["survey"].select("survey, largest_weight").fetchall())
    for shard, path in designs.items():
        _require_expected(session, shard, path, expected[shard.survey])
    return _all(session, DESIGN_COLUMNS, _read(designs.values()) if designs else "")


def shard_cells(session: duckdb.DuckDBPyConnection, tables: Tables) -> duckdb.DuckDBPyRelation:
    """All that is counted in all shards, added up, by the numbers that harmonised_strata gives to strata."""
    settings = Settings.from_env()
    of_design = _statements(session, tables["harmonised_design_statements"])
    given = _statements(session, tables["harmonised_cell_statements"])
    shards = _shards(settings, tables, given)
    if not shards:
        _counted(settings, CELLS, [], given)
        return _all(session, CELL_COLUMNS, "")
    designs = _designs(settings, shards, of_design)
    tables[STRATA].create_view("strata_of_all", replace=True)
    tables[KOMMUNER].create_view("all_kommuner", replace=True)
    kommuner = as_parquet(session, "select * from all_kommuner order by all")
    names = {name: f"{given.catalog}.harmonised.{name}" for name in (STRATA, KOMMUNER)}
    strata = {shard: _strata_of(designs[shard]) for shard in shards}
    tasks = [
        Counting(
            shard,
            {
                names[STRATA]: as_parquet(
                    session, f"select * exclude (number_of_all) from ({strata[shard]}) order by all"
                ),
                names[KOMMUNER]: kommuner,
            },
        )
        for shard in shards
    ]
    cells = _counted(settings, CELLS, tasks, given)
    numbered = " union all ".join(
        f"select {literal(str(path))} as filename, stratum_id as number_in_shard, number_of_all from ({strata[shard]})"
        for shard, path in cells.items()
    )
    session.execute(f"create or replace temp table shard_strata as {numbered}")
    return _all(
        session,
        CELL_COLUMNS,
        "select cells.* exclude (stratum_id, filename), numbers.number_of_all as stratum_id "
        f"from ({_read(cells.values())}) as cells left join shard_strata as numbers "
        "on cells.filename = numbers.filename and cells.stratum_id = numbers.number_in_shard",
    )


def _statements(session: duckdb.DuckDBPyConnection, table: duckdb.DuckDBPyRelation) -> Statements:
    return read_statements(session, table.select("survey, part, position, step, name, sql").fetchall())


def _shards(settings: Settings, tables: Tables, given: Statements) -> list[Shard]:
    """The shards that are counted by the statements; those of other surveys are read as tables."""
    return [shard for shard in _all_shards(settings, tables) if (shard.survey, shard.part) in given.of]


def _all_shards(settings: Settings, tables: Tables) -> list[Shard]:
    rows = tables["stg_shard"].select("survey, wave, part, file_name, sha256, n_rows, cells").fetchall()
    return read_shards(rows, settings.landing)


def _designs(settings: Settings, shards: Sequence[Shard], given: Statements) -> dict[Shard, Path]:
    """Where the design of each shard is kept; what work/ lost since shard_design() is counted again."""
    kept, tasks = Kept(settings.shards / DESIGN), [Counting(shard) for shard in shards]
    paths = {task.shard: kept.path(fingerprint(task, given)) for task in tasks}
    if all(kept.has(path.stem) for path in paths.values()):
        return paths  # and what is told of the design stays as shard_design() told it
    return _counted(settings, DESIGN, tasks, given)


def _counted(settings: Settings, step: str, tasks: Sequence[Counting], given: Statements) -> dict[Shard, Path]:
    """Where the counts of each shard are kept, after those that are missing were counted."""
    kept, names = Kept(settings.shards / step), {task: fingerprint(task, given) for task in tasks}
    missing = [task for task in tasks if not kept.has(names[task])]
    with Progress(settings.shards, step, len(tasks), len(missing)) as progress:
        workers = runner(settings)
        for task, content in workers.results(count_shard, missing, given):
            kept.put(names[task], content)
            progress.tell_done(workers.n_retried)
    kept.keep_only(names.values())
    return {task.shard: kept.path(name) for task, name in names.items()}


def _require_expected(session: duckdb.DuckDBPyConnection, shard: Shard, path: Path, expected: float | None) -> None:
    query = f"select stratum, largest_weight from ({_read([path])}) where largest_weight > ? order by all limit 1"
    for stratum, weight in session.execute(query, [expected]).fetchall():
        raise ShardError(
            f"{shard}: a weight in the stratum {stratum} is {weight:g}, and none of {shard.survey} is to be above "
            f"{expected:g}; correct the delivery, or largest_weight in seeds/codebook/survey.csv"
        )


def _strata_of(design: Path) -> str:
    """SQL for the strata that a shard has respondents of, numbered within it, so that no other shard changes them."""
    return (
        "select survey, wave, part, stratum, weight_bits, square_bits, stratum_id as number_of_all, "
        "cast(row_number() over (order by part, stratum) as integer) as stratum_id from strata_of_all "
        f"semi join (select * from ({_read([design])}) where n > 0) using (survey, wave, part, stratum)"
    )


def _read(paths: Iterable[Path]) -> str:
    listed = ", ".join(literal(str(path)) for path in paths)
    return f"select * from read_parquet([{listed}], union_by_name = true, filename = true)"


def _all(session: duckdb.DuckDBPyConnection, columns: Columns, counts: str) -> duckdb.DuckDBPyRelation:
    """The sum of counts, in these columns; none where there are none."""
    nothing = ", ".join(f"cast(null as {data_type}) as {name}" for name, data_type in columns.items())
    query = f"select {nothing} where false"
    if counts:
        summed = added(session, f"{query} union all by name ({counts})")
        query += f" union all select {', '.join(columns)} from ({summed})"
    return session.sql(query)
