"""The data dictionary as a page for people, docs/data-dictionary.md, written from the contracts.

Not here: any description or name. A column is described once, in the dbt project (pipelines/common/contracts.py reads
it), and named once, in seeds/labels.
"""

import re
import sys
from collections.abc import Collection
from pathlib import Path

from pipelines.common.contracts import Contract, load_contracts
from pipelines.common.published import published_only
from pipelines.common.settings import PROJECT_DIR, Settings
from pipelines.publish.metadata.labels import column_label, table_label

PAGE = PROJECT_DIR / "docs" / "data-dictionary.md"
INTRODUCTION = """\
# Data dictionary / Dataordbok

For everyone who reads the published tables. Generated from the contracts in `dbt_project/models/marts` and
`dbt_project/models/indicators` and from the names in `seeds/labels`; do not edit. `make docs` writes it anew. Each
release has it as it is for its tables, as `metadata/data_dictionary.md` and `metadata/data_dictionary.csv`.

For alle som leser de publiserte tabellene: norsk navn på hver tabell og kolonne, og hva de betyr, på engelsk.

The same descriptions and units stand in the Parquet files (schema and field metadata), in `warehouse.duckdb`
(comments, and the table `metadata.columns`) and in the [other documents](metadata.md) of every release.
`fraction` is a share between 0 and 1. Unit `unit` and unit `scale` mean: see the column of that name in the same row.
"""


def page(contracts: dict[str, Contract]) -> str:
    """docs/data-dictionary.md, of those of the contracts that are published."""
    return "\n".join([INTRODUCTION, render(published_only(contracts).values())])


def render(tables: Collection[Contract]) -> str:
    """The tables of a release as Markdown: at a glance, then each with its columns in the contract's order."""
    return "\n".join([_overview(tables), *(_table(contract) for contract in tables)])


def _overview(tables: Collection[Contract]) -> str:
    """A table of all tables: what each holds, in a sentence, and its key."""
    rows = (
        f"| [`{c.name}`](#{c.name})<br>{_cell(table_label(c)['title_nb'])} | {_cell(_first_sentence(c.description))} "
        f"| {_key(c)} |"
        for c in tables
    )
    return "\n".join(
        [
            f"The {len(tables)} tables, one row for each value of the key:",
            "",
            "| Table | Holds | Key |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=\.)\s", text.strip(), maxsplit=1)[0]


def _key(contract: Contract) -> str:
    return ", ".join(f"`{name}`" for name in contract.key)


def _table(contract: Contract) -> str:
    rows = (
        f"| {_key_mark(contract, c.name)}`{c.name}` | {_cell(column_label(c, 'nb'))} | {c.data_type} | {_cell(c.unit)} "
        f"| {_cell(c.description)} |"
        for c in contract.columns
    )
    label = table_label(contract)
    return "\n".join(
        [
            f"## `{contract.name}`",
            "",
            f"{label['title_nb']}: {label['description_nb']}",
            "",
            contract.description.strip(),
            "",
            f"Key (marked ●): {_key(contract)}",
            "",
            "| Column | Navn | Type | Unit | |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _key_mark(contract: Contract, column: str) -> str:
    return "● " if column in contract.key else ""


def _cell(text: str) -> str:
    """Text that stays within its cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def main() -> int:
    """Write the page from the dbt manifest of the last run; 1 when nothing has run yet."""
    manifest = Settings.from_env().dbt_target / "manifest.json"
    if not manifest.exists():
        print(f"{manifest} does not exist yet; run `make run` first", file=sys.stderr)
        return 1
    PAGE.write_text(page(load_contracts(manifest)), encoding="utf-8")
    print(f"written: {PAGE.relative_to(Path.cwd()) if PAGE.is_relative_to(Path.cwd()) else PAGE}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
