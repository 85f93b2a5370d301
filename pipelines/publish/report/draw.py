"""Make a picture into SVG and PNG by vl-convert, mark one of synthetic data across, and draw none a second time.

Not here: what is drawn (specs.py, maps.py), and its title, table and source, which are text of the page around it.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pipelines.publish.report.pictures import Picture
from pipelines.publish.report.specs import specification
from pipelines.publish.report.words import NORWEGIAN, Words

SVG, PNG = ".svg", ".png"
SCALE = 1.5  # of the PNG, where the drawing has none of its own
# Of a Vega-Lite 6 specification; what is drawn with fixes the version that reads it.
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
DRAWN_WITH = "vl-convert-python"
NUMBERS = {"decimal": ",", "thousands": "\N{NO-BREAK SPACE}", "grouping": [3], "currency": ["", " kr"]}
FONT = "Liberation Sans, Arial, sans-serif"
MARK_SIZE, MARK_COLOUR = 34, "#a00000"
MADE_OF = re.compile(r'\bdata-made-of="(\w+)"')


@dataclass(frozen=True)
class Drawing:
    """What is drawn: `made_of` is all that decides what it looks like, and `make` draws it, as SVG without its title.

    title: for those who do not see it, also when it is saved alone. mark: what stands across it, '' for nothing.
    """

    title: str
    mark: str
    made_of: tuple[object, ...]
    make: Callable[[], str]
    scale: float = SCALE

    @property
    def digest(self) -> str:
        said = json.dumps([self.title, self.mark, *self.made_of, version(DRAWN_WITH), self.scale], ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()


def drawing_of(picture: Picture, words: Words, title: str) -> Drawing:
    """The picture, with numbers as they are written in the language."""
    spec = {"$schema": SCHEMA, **specification(picture, words)}

    def make() -> str:
        import vl_convert

        return vl_convert.vegalite_to_svg(spec, format_locale=NUMBERS if words.language == NORWEGIAN else None)

    mark = words("Syntetiske data") if picture.is_synthetic else ""
    return Drawing(title, mark, (spec, words.language), make)


def save(drawing: Drawing, path: Path, before: Path) -> tuple[float, float]:
    """`path`.svg and `path`.png, copied where those at `before` are made of the same; returns the size in CSS pixels.

    The same drawing gives the same bytes.
    """
    digest = drawing.digest
    if _is_made_of(digest, before):
        for suffix in (SVG, PNG):
            shutil.copyfile(before.with_suffix(suffix), path.with_suffix(suffix))
    else:
        import vl_convert

        drawn = marked(drawing.make(), drawing.title, drawing.mark, digest)
        path.with_suffix(SVG).write_text(drawn, encoding="utf-8")
        path.with_suffix(PNG).write_bytes(vl_convert.svg_to_png(drawn, scale=drawing.scale))
    return size(path.with_suffix(SVG).read_text(encoding="utf-8"))


def _is_made_of(digest: str, before: Path) -> bool:
    """Whether both files of a drawing are there, and say so."""
    if not (before.with_suffix(SVG).is_file() and before.with_suffix(PNG).is_file()):
        return False
    said = MADE_OF.search(_head(before.with_suffix(SVG).read_text(encoding="utf-8")))
    return said is not None and said[1] == digest


def size(drawn: str) -> tuple[float, float]:
    """(width, height) in CSS pixels."""
    width, height = (float(n) for n in re.findall(r'\b(?:width|height)="([\d.]+)"', _head(drawn))[:2])
    return width, height


def marked(drawn: str, title: str, mark: str, made_of: str) -> str:
    """A drawing with its title, what it is made of, and across it a mark where there is one."""
    head, over = _head(drawn), ""
    if mark:
        x, y = (side / 2 for side in size(drawn))
        place = f'x="{x:g}" y="{y:g}" transform="rotate(-18 {x:g} {y:g})" text-anchor="middle"'
        font = f'font-family="{FONT}" font-size="{MARK_SIZE}" font-weight="bold"'
        over = f'<text {place} {font} fill="{MARK_COLOUR}" fill-opacity="0.18">{_escaped(mark.upper())}</text>'
    opening = head.replace("<svg ", f'<svg role="img" data-made-of="{made_of}" ', 1)
    inside = drawn[len(head) :].removesuffix("</svg>")
    return f"{opening}<title>{_escaped(title)}</title>{inside}{over}</svg>"


def _head(drawn: str) -> str:
    found = re.match(r"<svg [^>]*>", drawn)
    assert found is not None, "what is drawn is SVG"
    return found[0]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
