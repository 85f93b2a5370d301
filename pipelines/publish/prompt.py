"""A prompt for SQL on warehouse.duckdb, for who has no DuckDB of their own: `make sql`.

Not here: what there is to ask of (the release), and examples (docs/querying.md).
"""

import contextlib
import io
import sys
from collections.abc import Iterable

import duckdb

from pipelines.common.settings import Settings

HELP = """\
SQL on {warehouse}, read only. End a question with ; and leave with Ctrl-D or .quit
.tables lists tables and views, .columns NAME what a table's columns mean."""
TABLES = """
select schema_name || '.' || name as name, comment as holds
from (
    select schema_name, table_name as name, comment from duckdb_tables()
    union all
    select schema_name, view_name, comment from duckdb_views() where schema_name = 'views'
)
order by name
"""
COLUMNS = "select column_name, data_type, unit, description from metadata.columns where table_name = ?"
WIDTH = 200  # of what is shown, where no terminal says how wide it is


def answer(con: duckdb.DuckDBPyConnection, question: str) -> str:
    """What a question, or one of the words that begin with a dot, gives as text; an error of it as text too."""
    word, _, rest = question.partition(" ")
    try:
        if word == ".tables":
            return _shown(con.sql(TABLES))
        if word == ".columns":
            return _shown(con.sql(COLUMNS, params=[rest.strip().removeprefix("marts.")]))
        return _shown(con.sql(question))
    except duckdb.Error as error:
        return str(error)


def questions(lines: Iterable[str]) -> Iterable[str]:
    """Lines joined into questions: one ends with ;, a word that begins with a dot with its line."""
    asked: list[str] = []
    for line in lines:
        text = line.strip()
        if not asked and text in (".quit", ".exit"):
            return
        if not asked and text.startswith("."):
            yield text
        elif text:
            asked.append(line.rstrip())
            if text.endswith(";"):
                yield "\n".join(asked)
                asked = []
    if asked:
        yield "\n".join(asked)


def _shown(relation: duckdb.DuckDBPyRelation | None) -> str:
    if relation is None:
        return ""
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        relation.show(max_width=WIDTH, max_rows=100)
    return shown.getvalue()


def main() -> int:
    settings = Settings.from_env()
    if not settings.warehouse.exists():
        print(f"There is no {settings.warehouse} yet: `make run` makes it.", file=sys.stderr)
        return 1
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  # arrows and history at the prompt
    with duckdb.connect(str(settings.warehouse), read_only=True) as con:
        if sys.stdin.isatty():
            print(HELP.format(warehouse=settings.warehouse))
        for question in questions(_typed()):
            print(answer(con, question))
    return 0


def _typed() -> Iterable[str]:
    """Lines from the keyboard or a file, to the end."""
    prompt = "tilstand> " if sys.stdin.isatty() else ""
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            yield input(prompt)


if __name__ == "__main__":
    sys.exit(main())
