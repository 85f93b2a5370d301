"""A page of the site, and how a template becomes one.

Not here: which pages there are (site.py, generated.py), and how they look (templates).
"""

import posixpath
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tools.docs.markdown import inline

TEMPLATES = Path(__file__).parent / "templates"
ANCHOR = re.compile(r'\sid="([^"]+)"')
HEADING = re.compile(r'<h([23]) id="([^"]+)"[^>]*>(.*?)</h\1>', re.DOTALL)
ENTRY = re.compile(r'<tr id="([^"]+)">\s*(.*?)</td>', re.DOTALL)  # of a row its first two cells
ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
)
ENVIRONMENT.filters["md"] = inline


@dataclass(frozen=True)
class Page:
    """`path` is its place in the site, `body` its text as HTML, `other` the path of the same in the other language."""

    path: str
    title: str
    body: str = ""
    lang: str = "en"
    other: str = ""

    @property
    def headings(self) -> list[tuple[str, str, str]]:
        """(level 2 or 3, anchor, text without tags)."""
        return [(level, anchor, Markup(text).striptags()) for level, anchor, text in HEADING.findall(self.body)]

    @property
    def entries(self) -> list[tuple[str, str, str]]:
        """(text, anchor, where it stands) of what is searched: headings, and rows of tables that can be linked to."""
        headings = [(text, anchor, self.title) for _, anchor, text in self.headings]
        rows = [(Markup(text).striptags(), anchor) for anchor, text in ENTRY.findall(self.body)]
        return headings + [(text, anchor, f"{anchor.split('.')[0]}, {self.title}") for text, anchor in rows]

    @property
    def anchors(self) -> frozenset[str]:
        return frozenset(ANCHOR.findall(self.body))

    def to(self, target: str) -> str:
        """The address of another page, or of a file, as this one has to write it."""
        return posixpath.relpath(target, posixpath.dirname(self.path) or ".")

    def say(self, en: str, nb: str) -> str:
        return nb if self.lang == "nb" else en

    def rendered(self, template: str, **said: Any) -> str:
        """What a template makes of the page and of what is said besides."""
        return ENVIRONMENT.get_template(template).render(page=self, to=self.to, say=self.say, **said)

    def filled(self, template: str, **said: Any) -> "Page":
        """The page with its body from a template."""
        return replace(self, body=self.rendered(template, **said))
