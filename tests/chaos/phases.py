"""Parts of a run, done alone in a process that has everything loaded: loading landing/, and publishing what is built.

Not here: the parts themselves; these are the assets of a run, with its lock and its database.
"""

from unittest.mock import patch

import dagster as dg

from pipelines.common.contracts import load_contracts
from pipelines.common.settings import Settings
from pipelines.common.warehouse import open_build
from pipelines.common.workspace import Workspace
from pipelines.ingest.assets import raw_tables
from pipelines.publish import release
from pipelines.publish.assets import build_publish_assets
from pipelines.publish.report.site import Site

TABLES = "select table_name from duckdb_tables() where schema_name = 'raw' order by all"
# Of each load its own are the time, and the ids of surveys whose ids lead to nobody.
OWN = "('loaded_at', 'respondent_id')"
ROWS = (
    f"select count(*), bit_xor(hash(rows))::varchar from (select columns(lambda c: c not in {OWN}) from {{}}) as rows"
)
LOG = "raw.extract_load where status = 'loaded'"  # what was replaced before is history


def ingest(settings: Settings) -> bool:
    """Bring raw in line with landing/; whether that went well."""
    return _materialized(settings, [raw_tables])


def publish(settings: Settings) -> bool:
    """Publish what the build database holds, with a report of one page; whether that went well.

    The report's pages are most of the work, and are written as any other file.
    """
    with patch.object(release, "write_site", one_page):
        return publish_all(settings)


def one_page(site: Site, *_: object) -> None:
    """A report of a page, in place of `write_site`."""
    site.folder.mkdir()
    (site.folder / "index.html").write_text("a page", encoding="utf-8")


def publish_all(settings: Settings) -> bool:
    """The same with the whole report."""
    return _materialized(settings, build_publish_assets(load_contracts(settings.dbt_target / "manifest.json")))


def _materialized(settings: Settings, assets: list[dg.AssetsDefinition]) -> bool:
    resources = {"workspace": Workspace(data_dir=str(settings.data_dir))}
    with dg.DagsterInstance.ephemeral(tempdir=str(settings.data_dir.parent)) as instance:
        return dg.materialize(assets, resources=resources, instance=instance, raise_on_error=False).success


def raw_rows(settings: Settings) -> dict[str, list[object]]:
    """{table of raw: how many rows, and their hash}."""
    with open_build(settings.build_db, read_only=True) as con:
        names = [name for (name,) in con.execute(TABLES).fetchall()]
        asked = {name: f'raw."{name}"' for name in names} | {"extract_load": LOG}
        return {name: list(con.execute(ROWS.format(rows)).fetchall()[0]) for name, rows in asked.items()}
