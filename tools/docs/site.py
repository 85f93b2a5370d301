"""The site: the pages of the project and those that are generated, how they link to each other, and what is searched.

Not here: how Markdown becomes HTML (markdown.py), and what generated pages hold (generated.py).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pipelines.common.contracts import Contract
from pipelines.common.settings import PROJECT_DIR
from tools.docs import generated
from tools.docs.lineage import Id, Node
from tools.docs.markdown import DocsError, Source, html, links, read
from tools.docs.page import TEMPLATES, Page

COPIED = ("style.css", "search.js")
START = "index.html"
# Also a page of the project, and made from the same.
IN_TWO_FORMS = {"docs/data-dictionary.md": generated.DICTIONARY.path}


def build(contracts: Mapping[str, Contract], nodes: Mapping[Id, Node], project: Path = PROJECT_DIR) -> dict[str, bytes]:
    """{path: content} of the site: of the published tables, all that the line makes, and the Markdown of `project`.

    Raises DocsError where a page names what is not there.
    """
    project = project.resolve()  # as links are
    made = generated.pages(contracts, nodes)
    sources = {site_path(source.name): source for source in _markdown(project)}
    anchors = {page.path: page.anchors for page in made} | {path: source.anchors for path, source in sources.items()}
    links_of = Links(project, anchors)
    written = [
        Page(path, source.title, html(source, partial(links_of.address, source))) for path, source in sources.items()
    ]
    by_path = {page.path: page for page in [*written, *made]}
    menu = [by_path[path] for path in dict.fromkeys([START, *links_of.listed, *generated.LISTED])]
    files = {page.path: page.rendered("page.html.j2", menu=menu).encode() for page in by_path.values()}
    files |= {name: (TEMPLATES / name).read_bytes() for name in COPIED} | links_of.copied
    return files | {"search-index.js": _index(by_path.values()).encode()}


def site_path(name: str) -> str:
    """Where the site has a file of the project: README.md as index.html, docs/methods.md as methods.html."""
    path = IN_TWO_FORMS.get(name) or re.sub(r"README\.md$", START, name.removeprefix("docs/"))
    return re.sub(r"\.md$", ".html", path)


def _markdown(project: Path) -> Iterator[Source]:
    """The project's own pages, and those that they link to."""
    to_read = [*sorted(project.glob("*.md")), *sorted((project / "docs").rglob("*.md"))]
    seen = {project / name for name in IN_TWO_FORMS}
    while to_read:
        file = to_read.pop(0)
        if file not in seen and file.suffix == ".md" and file.is_file() and file.is_relative_to(project):
            seen.add(file)
            source = read(file, file.relative_to(project).as_posix())
            yield source
            to_read += sorted(source.file_of(target) for _, _, target in links(source))


@dataclass(frozen=True)
class Links:
    """Where links of the project's pages lead in the site: `anchors` {path of a page: those that it has}. What is
    linked to and is no page gets `copied`; the pages that the start page links to get `listed`."""

    project: Path
    anchors: Mapping[str, frozenset[str]]
    copied: dict[str, bytes] = field(default_factory=dict)
    listed: list[str] = field(default_factory=list)

    def address(self, source: Source, target: str, line: int) -> str:
        """What the page has to write. Raises DocsError where the link leads nowhere."""
        file, anchor = source.file_of(target), target.partition("#")[2]
        wrong = f"{source.name}:{line}: {target}"
        if not file.is_file() or not file.is_relative_to(self.project):
            raise DocsError(f"{wrong}: the project has no such file; correct the link, or add the file")
        here, path = (site_path(at.relative_to(self.project).as_posix()) for at in (source.file, file))
        if path not in self.anchors:
            self.copied[path] = file.read_bytes()
        elif anchor and anchor not in self.anchors[path]:
            raise DocsError(f"{wrong}: {file.name} has no heading with the anchor {anchor}; correct the link")
        elif here == START:
            self.listed.append(path)
        return Page(here, "").to(path) + (f"#{anchor}" if anchor else "")


def _index(pages: Iterable[Page]) -> str:
    """What search.js looks through: [text, where it stands, address, language] of pages and their parts."""
    rows = []
    for page in pages:
        rows.append([page.title, "", page.path, page.lang])
        rows += [[text, where, f"{page.path}#{anchor}", page.lang] for text, anchor, where in page.entries]
    return f"const INDEX = {json.dumps(rows, ensure_ascii=False, separators=(',', ':'))};\n"
