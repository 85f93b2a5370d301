"""What Dagster shows of a delivery is its text and nothing else, whatever Markdown or HTML it would like to be.

Not here: what is shown (integration/test_history.py).
"""

import duckdb
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pipelines.common.metadata import as_it_is, listed, table_metadata
from pipelines.common.terminal import without_controls

HOSTILE = (
    "a|b",
    "a\\|b\\",
    "`code`",
    "<script>alert(1)</script>",
    "two\nlines",
    "| --- |",
    "[click](javascript:alert(1))",
    "![](https://example.org/x.png)",
    "<https://example.org>",
    "&lt;b&gt; &amp;",
    "# heading",
    "- item",
    "1. item",
    "***",
    "~~gone~~",
    "C:\\temp\\*.csv",
    "\u202egnp.exe",
    "Færøyene: 30 % (æøå)",
)
RENDER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
texts = st.one_of(st.sampled_from(HOSTILE), st.text(), st.text("|`<>[]()!#*_~-+=\\&;:/. \n\tab1", max_size=30)).map(
    lambda text: " ".join(text.split(" "))
)


def shown(markdown: str) -> list[str]:
    """The texts of the page, in order: those of the cells, or of the items of the list."""
    found = []
    for token in RENDER.parse(markdown):
        assert token.type.split("_")[0] in KINDS, f"{token.type} in {markdown!r}"
        if token.type == "inline":
            kinds = {child.type for child in token.children or []}
            assert kinds <= {"text", "text_special", "softbreak"}, f"{kinds} in {markdown!r}"
            found.append(_text(token))
    return found


KINDS = {"table", "thead", "tbody", "tr", "th", "td", "bullet", "list", "paragraph", "inline"}


def _text(token: Token) -> str:
    return "".join(child.content for child in token.children or [])


def alike(text: str) -> str:
    """But for blanks at its ends, which a page does not show."""
    return without_controls(text).strip()


def visible(texts: list[str]) -> list[str]:
    return [alike(text) for text in texts if alike(text)]


@given(st.lists(texts, min_size=1, max_size=3))
@example(list(HOSTILE))
def test_lines_of_a_list_are_shown_as_they_are(lines: list[str]) -> None:
    assert [text.strip() for text in shown(listed(lines).value) if text.strip()] == visible(lines)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=2))
@example([(one, other) for one, other in zip(HOSTILE, HOSTILE[::-1], strict=True)][:5])
def test_cells_of_a_preview_are_shown_as_they_are(rows: list[tuple[str, str]]) -> None:
    with duckdb.connect() as con:
        con.execute("create schema marts")
        con.execute("create table marts.t (a varchar, b varchar)")
        for row in rows:
            con.execute("insert into marts.t values (?, ?)", row)
        preview = table_metadata(con, "marts", "t")["preview"].value
    assert [text.strip() for text in shown(preview)] == ["a", "b", *(alike(cell) for row in rows for cell in row)]


def test_a_name_of_a_file_that_is_a_table_row_stays_in_its_cell() -> None:
    assert as_it_is("x | y") == "x \\| y"
    assert as_it_is("<b>`x`") == "\\<b\\>\\`x\\`"
