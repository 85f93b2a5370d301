"""Functions take few things: what belongs together is handed over together.

Not here: what may import what (test_layering.py).
"""

import ast
from collections.abc import Iterator

import pytest

from pipelines.common.settings import PROJECT_DIR

PIPELINES = PROJECT_DIR / "pipelines"
MOST, MOST_OF = 6, {"ingest": 5}


def parameters(code: str) -> Iterator[tuple[str, int]]:
    """(name of a function, its parameters but for self and cls); what a dataclass holds is no parameter here."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            of = node.args
            named = [a.arg for a in [*of.posonlyargs, *of.args, *of.kwonlyargs, of.vararg, of.kwarg] if a]
            yield node.name, len(named) - (named[:1] in (["self"], ["cls"]))


@pytest.mark.parametrize("part", sorted(path.name for path in PIPELINES.iterdir() if (path / "__init__.py").exists()))
def test_no_function_takes_many_parameters(part: str) -> None:
    counted = [
        (f"{part}.{module.stem}.{name}", n)
        for module in (PIPELINES / part).rglob("*.py")
        for name, n in parameters(module.read_text(encoding="utf-8"))
    ]
    assert [(name, n) for name, n in counted if n > MOST_OF.get(part, MOST)] == []


def test_parameters_of_every_kind_are_counted() -> None:
    code = "def f(a, /, b, *c, d, **e): ...\nclass C:\n    async def g(self, a): ..."
    assert list(parameters(code)) == [("f", 5), ("g", 1)]
