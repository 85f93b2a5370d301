"""What is fetched from public interfaces, as those name it who tell of deliveries: title, producer, attribution.

Not here: what is asked for and how it is read (ingest/resources.py).
"""

from collections.abc import Mapping

from pipelines.common.seeds import read_seed


def fetched_id(source: str, resource: str) -> str:
    """The id under which what is fetched is delivered, logged and kept in schema raw."""
    return f"{source}_{resource}"


def fetched_titles() -> dict[str, Mapping[str, str]]:
    """{id: the row of its source in seeds/sources/source.csv, with title_nb of the resource}."""
    sources = {row["source"]: row for row in read_seed("source")}
    return {
        fetched_id(row["source"], row["resource"]): {**sources[row["source"]], "title_nb": row["title_nb"]}
        for row in read_seed("resource")
    }
