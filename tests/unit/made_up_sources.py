"""Made-up rows of seeds/sources for tests, and the recorded answers that they describe.

Not here: the project's own rows, which no test may change.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.common.seeds import read_seed
from pipelines.ingest import resources as seeds

BODIES = Path(__file__).parent / "bodies"
Rows = Sequence[Mapping[str, str]]


def body(name: str) -> bytes:
    return (BODIES / name).read_bytes()


def source(name: str, api: str = "pxweb", **cells: str) -> dict[str, str]:
    return {
        "source": name, "producer": "Byrået", "api": api, "base_url": "http://127.0.0.1:9", "licence": "CC BY 4.0",
        "attribution_nb": "Kilde: Byrået", "attribution_en": "Source: the bureau", "closed": "",
        "time_zone": "Europe/Oslo", "max_calls": "30", "window_seconds": "60", "max_body_mb": "1", "page": "", **cells,
    }  # fmt: skip


def resource(of: str, name: str, **cells: str) -> dict[str, str]:
    return {
        "source": of, "resource": name, "title_nb": "Tall", "address": name, "form": "json_stat",
        "reads_as": "ssb_statbank", "maps_to": "", "unit": "index", "said_unit": "", "cadence": "", "lag_days": "",
        "refresh_days": "10", "is_kept_monthly": "false", "note_nb": "", **cells,
    }  # fmt: skip


def dimension(of: Mapping[str, str], name: str, becomes: str, codes: str) -> dict[str, str]:
    return {"source": of["source"], "resource": of["resource"], "dimension": name, "becomes": becomes, "codes": codes}


def code(of: Mapping[str, str], of_dimension: str, said: str, name: str) -> dict[str, str]:
    row = {"source": of["source"], "resource": of["resource"], "dimension": of_dimension, "code": said}
    return {**row, "name": name, "name_nb": name.capitalize()}


@contextmanager
def used(**made_up: Rows) -> Iterator[None]:
    """The project reads these rows in place of its own: `source`, `resource`, `resource_dimension`, `resource_code`."""
    rows = dict.fromkeys(("source", "resource", "resource_dimension", "resource_code"), ()) | made_up
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seeds, "read_seed", lambda name: list(rows[name]) if name in rows else read_seed(name))
        _forget()
        try:
            yield
        finally:
            _forget()


def _forget() -> None:
    """What was read of the seeds before is read again."""
    seeds.sources.cache_clear()
    seeds.resources.cache_clear()
