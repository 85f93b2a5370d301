"""A page of Markdown as HTML: headings with the anchors that GitHub gives them, tables that scroll in their own box,
and links that lead to where the site has what they name.

Not here: which pages there are (site.py), and how a page is framed (templates).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
NAMES = {"link_open": "href", "image": "src"}  # where a token names what it leads to
TO_THE_WEB = ("https://", "http://", "mailto:")


class DocsError(ValueError):
    """A page names what is not there; the message has file and line, and what to do."""


@dataclass(frozen=True)
class Source:
    """A file of Markdown, read: `name` is what messages call it, `title` its first heading, `anchors` those of all."""

    file: Path
    name: str
    tokens: list[Token]
    title: str
    anchors: frozenset[str]

    def file_of(self, target: str) -> Path:
        """The file that a link of the page is to, there or not; the page itself where it names none."""
        file = target.partition("#")[0]
        return (self.file.parent / file).resolve() if file else self.file


def read(file: Path, name: str) -> Source:
    """The page. Raises DocsError where it has no heading to be called by."""
    tokens = MARKDOWN.parse(file.read_text(encoding="utf-8"))
    titles: list[str] = []
    anchors: list[str] = []
    for opening, inside in pairwise(tokens):
        if opening.type == "heading_open":
            again = sum(anchor == slug(inside.content) for anchor in anchors)
            anchors.append(slug(inside.content))
            opening.attrSet("id", f"{anchors[-1]}-{again}" if again else anchors[-1])
            titles.append("".join(child.content for child in inside.children or ()))
    if not titles:
        raise DocsError(f"{name}:1: no heading; begin the page with one, `# Title`")
    ids = frozenset(str(token.attrs["id"]) for token in tokens if token.type == "heading_open")
    return Source(file, name, tokens, titles[0], ids)


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def links(source: Source) -> Iterator[tuple[int, Token, str]]:
    """(line, token, target) of every link and picture of the page that is not to the web."""
    line = 1
    for token in source.tokens:
        at = line = token.map[0] + 1 if token.map else line
        for child in token.children or ():
            at += child.type in ("softbreak", "hardbreak")
            target = str(child.attrs.get(NAMES.get(child.type, ""), ""))
            if target and not target.startswith(TO_THE_WEB):
                yield at, child, target


def html(source: Source, address: Callable[[str, int], str]) -> str:
    """The page, its links as `address` says of what is written and in which line."""
    for line, token, target in links(source):
        token.attrSet(NAMES[token.type], address(target, line))
    rendered = str(MARKDOWN.renderer.render(list(_in_boxes(source.tokens)), MARKDOWN.options, {}))
    return rendered.replace("<pre>", '<pre tabindex="0">')


def _in_boxes(tokens: list[Token]) -> Iterator[Token]:
    """Tables and code each in what can be scrolled, also by keys; a heading of a table without text is a plain cell."""
    heading = ""
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            heading = str(token.attrs["id"])
        elif token.type == "table_open":
            yield Token(
                "html_block", "", 0, content=f'<div class="box" role="region" tabindex="0" aria-labelledby="{heading}">'
            )
        elif token.type == "th_open":
            is_blank = not tokens[place + 1].content
            token.tag = tokens[place + 2].tag = "td" if is_blank else "th"
            if not is_blank:
                token.attrSet("scope", "col")
        yield token
        if token.type == "table_close":
            yield Token("html_block", "", 0, content="</div>\n")


def inline(text: str) -> Markup:
    """A description of the dbt project, which has `code`, as HTML within a paragraph or a cell."""
    return Markup(MARKDOWN.renderInline(" ".join(text.split())))  # what looks like HTML in it is shown as it is
