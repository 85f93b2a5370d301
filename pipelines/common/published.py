"""The tables of a release: what is published, with numbers to sort by beside ids, labels beside codes, and other
languages beside Norwegian.

Not here: any label or order. Labels stand in seeds/labels, orders in harmonised_order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pipelines.common.contracts import Column, Contract
from pipelines.common.seeds import read_seed

# (schema, table) of what is added.
ADDED_FROM = (
    ("seeds", "translation"),
    CODE_LABELS := ("seeds", "code_label"),
    PLACES := ("harmonised", "harmonised_order"),
)
NORWEGIAN = "_nb"


@dataclass(frozen=True)
class Order:
    """A number to sort by: of which thing, and in which columns its survey, what it belongs to, and its name stand."""

    column: str
    thing: str
    survey: str
    belongs_to: str
    name: str

    @property
    def needed(self) -> set[str]:
        return {self.survey, self.belongs_to, self.name} - {""}

    @property
    def expression(self) -> str:
        columns = {"survey": self.survey, "belongs_to": self.belongs_to, "name": self.name}
        same = " and ".join(
            f"ordered.{name} = " + (f'base."{column}"' if column else "''") for name, column in columns.items()
        )
        return f"(select place from {'.'.join(PLACES)} as ordered where thing = '{self.thing}' and {same})"


ORDERS = (
    Order("question_no", "question", "", "", "question_id"),
    Order("answer_no", "answer", "", "question_id", "answer"),
    Order("breakdown_no", "breakdown", "survey", "", "breakdown"),
    Order("category_no", "category", "survey", "breakdown", "category"),
    Order("compared_category_no", "category", "survey", "breakdown", "compared_category"),
    Order("category_no", "category", "survey", "margin", "category"),
    Order("indicator_no", "indicator", "", "", "indicator"),
    Order("composite_no", "indicator", "", "", "composite"),
)


def published_only(contracts: Mapping[str, Contract]) -> dict[str, Contract]:
    """Those of the tables that a release holds, with what is added to them; the others are for Python alone."""
    return {name: _labelled(contract) for name, contract in contracts.items() if contract.is_published}


def _labelled(contract: Contract) -> Contract:
    """The contract with numbers after the ids, and other languages after the Norwegian labels."""
    return replace(
        contract, columns=tuple(column for base in contract.columns for column in _with_added(base, contract))
    )


def _with_added(column: Column, contract: Contract) -> Iterator[Column]:
    yield column
    for order in ORDERS:
        if order.name == column.name and order.needed <= set(contract.names):
            yield Column(
                name=order.column,
                data_type="integer",
                description=f"To sort by: the place of `{column.name}`, in the order of the project's seeds",
                expression=order.expression,
            )
    if column.name in _coded_columns() and f"{column.name}{NORWEGIAN}" not in contract.names:
        label = _label(column)
        yield label
        yield from _translations(label, {*contract.names})
    if column.name.endswith(NORWEGIAN):
        yield from _translations(column, {*contract.names})


def _coded_columns() -> set[str]:
    """The columns whose codes have labels."""
    return {row["column_name"] for row in read_seed(CODE_LABELS[1])}


def _label(column: Column) -> Column:
    return Column(
        name=f"{column.name}{NORWEGIAN}",
        data_type="varchar",
        description=f"Norwegian label of `{column.name}`",
        expression=f"(select label_nb from {'.'.join(CODE_LABELS)} as coded "
        f"where coded.column_name = '{column.name}' and coded.code = base.\"{column.name}\")",
    )


def _translations(column: Column, names: set[str]) -> Iterator[Column]:
    """A Norwegian column in other languages, of a table that has columns of those names."""
    stem = column.name.removesuffix(NORWEGIAN)
    yield _translated(column, f"{stem}_en", "en", "in English, the project's own translation where none is printed")
    # Names of what the table has an id of; longer texts stay without.
    if {stem, f"{stem}_no"} & names:
        yield _translated(column, f"{stem}_nn", "nn", "in Nynorsk, the project's own; NULL where there is none")


def _translated(column: Column, name: str, language: str, words: str) -> Column:
    """NULL where there is no translation."""
    return Column(
        name=name,
        data_type=column.data_type,
        description=f"`{column.name}` {words}",
        expression=column.expression or f'base."{column.name}"',
        language=language,
    )
