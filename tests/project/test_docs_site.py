"""The site of make docs holds together: every link leads somewhere, pages are read by ear and on a small screen, and
what is made from what is what dbt says.

Not here: what the pages say (test_pages.py, integration/test_docs_examples.py).
"""

import hashlib
import json
import os
import posixpath
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from pipelines.common.contracts import Contract
from pipelines.common.published import published_only
from pipelines.common.settings import DATA_DIR, PROJECT_DIR, Settings
from pipelines.definitions import defs
from pipelines.publish.metadata.labels import column_label
from tools.docs import __main__ as made
from tools.docs.lineage import SEEDS, Id, Node, graph, picture
from tools.docs.markdown import DocsError
from tools.docs.site import START, build

LEADS = {"a": "href", "link": "href", "script": "src", "img": "src"}
IN_NORWEGIAN = {"dataordbok.html": "data-dictionary.html", "kilder.html": "sources-and-licences.html"}
WIDTHS = (1280, 390, 320)
KINDS = ("methods.html", "dataordbok.html", "lineage/indicators/statement_reconciliation.html")
WAY = re.compile(r"M\d+ (\d+)H.*?V(\d+)")


class Read(HTMLParser):
    """A page of the site: its elements (tag, attributes) in order, and its text."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, *tags: str) -> list[tuple[str, dict[str, str | None]]]:
        return [(tag, attributes) for tag, attributes in self.elements if tag in tags]

    @property
    def ids(self) -> list[str | None]:
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]

    @property
    def leads(self) -> list[tuple[str, str]]:
        """(tag, where it leads) of links, pictures, styles and scripts."""
        return [(tag, attributes[LEADS[tag]] or "") for tag, attributes in self.all(*LEADS)]


@pytest.fixture(scope="module")
def files(parsed: Settings) -> dict[str, bytes]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DATA_DIR, str(parsed.data_dir))
        return made.site(parsed)


@pytest.fixture(scope="module")
def pages(files: dict[str, bytes]) -> dict[str, Read]:
    return {path: Read(content) for path, content in files.items() if path.endswith(".html")}


@pytest.fixture(scope="module")
def nodes(parsed: Settings, manifest: dict[str, Any]) -> dict[Id, Node]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DATA_DIR, str(parsed.data_dir))
        return graph(manifest, defs().resolve_all_asset_specs())


def inside(path: str, pages: Mapping[str, Read]) -> Iterator[tuple[str, str]]:
    """(file of the site, anchor) that a page leads to."""
    for _, target in pages[path].leads:
        if not target.startswith(("https://", "http://")):
            file, _, anchor = target.partition("#")
            yield posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path, unquote(anchor)


def test_every_link_leads_to_a_file_of_the_site_and_a_part_that_it_has(
    files: dict[str, bytes], pages: dict[str, Read]
) -> None:
    ids = {path: set(page.ids) for path, page in pages.items()}
    wrong = {
        (path, file, anchor)
        for path in pages
        for file, anchor in inside(path, pages)
        if file not in files or (anchor and anchor not in ids[file])
    }
    assert wrong == set()


def test_every_page_is_reached_from_the_first(pages: dict[str, Read]) -> None:
    reached, to_see = {START}, [START]
    while to_see:
        new = {file for file, _ in inside(to_see.pop(), pages) if file in pages} - reached
        reached |= new
        to_see += new
    assert reached == set(pages)


def test_nothing_but_links_leads_to_the_web(files: dict[str, bytes], pages: dict[str, Read]) -> None:
    fetched = [target for page in pages.values() for tag, target in page.leads if tag != "a" and ":" in target]
    assert fetched == []
    assert not re.search(rb"url\(|@import|//", files["style.css"])
    assert not re.search(rb"fetch|XMLHttp|import\(|https?:", files["search.js"])


def test_each_page_says_its_language_and_leads_to_the_other(pages: dict[str, Read]) -> None:
    said = {path: page.all("html")[0][1]["lang"] for path, page in pages.items()}
    assert {path for path, lang in said.items() if lang == "nb"} == set(IN_NORWEGIAN)
    assert set(said.values()) == {"nb", "en"}
    for path, other in {**IN_NORWEGIAN, **{en: nb for nb, en in IN_NORWEGIAN.items()}}.items():
        switch = [a for _, a in pages[path].all("a") if a["href"] == other and "aria-current" not in a]
        assert {a["lang"] for a in switch} == {said[other]} == {a["hreflang"] for a in switch}


def test_headings_stand_in_order_and_ids_are_one_of_a_kind(pages: dict[str, Read]) -> None:
    for path, page in pages.items():
        levels = [int(tag[1]) for tag, _ in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
        assert levels.count(1) == 1 and levels[0] == 1, path
        assert all(below <= above + 1 for above, below in pairwise(levels)), path
        assert len(page.ids) == len(set(page.ids)), path


def test_pages_can_be_used_by_keys_and_by_ear(pages: dict[str, Read]) -> None:
    for path, page in pages.items():
        links = [attributes for _, attributes in page.all("a")]
        assert links[0]["href"] == "#content" and len(page.all("main")) == 1, path
        assert all(attributes.get("alt") for _, attributes in page.all("img")), path
        assert all(attributes.get("scope") for _, attributes in page.all("th")), path
        boxes = [a for _, a in page.all("div") if a.get("class") == "box"]
        assert len(boxes) == len(page.all("table", "svg")), path
        assert all(a["tabindex"] == "0" and (a.get("aria-label") or a["aria-labelledby"] in page.ids) for a in boxes), (
            path
        )


def test_the_dictionary_names_every_column_in_both_languages(
    contracts: dict[str, Contract], pages: dict[str, Read]
) -> None:
    for path, language in (("dataordbok.html", "nb"), ("data-dictionary.html", "en")):
        for contract in published_only(contracts).values():
            missing = {f"{contract.name}.{column.name}" for column in contract.columns} - set(pages[path].ids)
            assert missing == set()
            assert all(column_label(column, language) in pages[path].text for column in contract.columns)


# What is made from what


def test_what_dbt_makes_is_made_from_what_dbt_says(manifest: dict[str, Any], nodes: dict[Id, Node]) -> None:
    schema = {key: node["schema"] for of in ("nodes", "sources") for key, node in manifest[of].items()}
    schema |= {key: SEEDS for key, node in manifest["nodes"].items() if node["resource_type"] == "seed"}
    models = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    assert models
    for key, node in models.items():
        said = {(schema[parent], parent.rsplit(".", 1)[1]) for parent in node["depends_on"]["nodes"]}
        assert nodes[schema[key], node["name"]].parents == said


def test_everything_says_what_it_is(nodes: dict[Id, Node]) -> None:
    assert [node.id for node in nodes.values() if not node.description] == []


def test_every_published_table_has_a_picture_of_all_that_it_rests_on(
    contracts: dict[str, Contract], nodes: dict[Id, Node], pages: dict[str, Read]
) -> None:
    for name, contract in published_only(contracts).items():
        node = nodes[contract.schema, name]
        drawn = [row for row in picture(nodes, {node.id, *node.upstream}).rows if row.node]
        assert {row.node.id for row in drawn if row.node} == {node.id} | {at for at in node.upstream if at[0] != SEEDS}
        page = pages[f"lineage/{contract.schema}/{name}.html"]
        assert [tag for tag, _ in page.elements].count("circle") == len(drawn)
        linked = {a["href"] for _, a in page.all("a")}
        assert all(f"../{layer}/{of}.html" in linked or layer == contract.schema for layer, of in node.upstream)


def test_a_picture_reads_downwards_and_no_two_ways_share_a_lane(nodes: dict[Id, Node]) -> None:
    rows = picture(nodes, nodes).rows
    y_of = {row.node.id: row.y for row in rows if row.node}
    assert all(
        y_of[parent] < y_of[row.node.id] for row in rows if row.node for parent in row.node.nearest if parent in y_of
    )
    lanes: dict[int, list[tuple[int, int]]] = {}
    for row in (row for row in rows if row.path):
        start, end = map(int, WAY.findall(row.path)[0])
        lanes.setdefault(row.lane, []).append((start, end))
    assert len(lanes) > 1
    assert all(one[1] <= next_[0] for ways in lanes.values() for one, next_ in pairwise(sorted(ways)))


# What stops it


def project(folder: Path, text: str) -> Path:
    """A project of two pages, the second of which begins with a heading and a blank line."""
    (folder / "docs").mkdir()
    (folder / "README.md").write_text("# Start\n\n[one](docs/one.md)\n", encoding="utf-8")
    (folder / "docs" / "one.md").write_text(f"# One\n\n{text}\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("See\n[two](two.md).", "docs/one.md:4: two.md: the project has no such file"),
        ("[Start](../README.md#end)", "docs/one.md:3: ../README.md#end: README.md has no heading with the anchor end"),
        ("[here](#there)", "docs/one.md:3: #there: one.md has no heading with the anchor there"),
        ("![x](x.png)", "docs/one.md:3: x.png: the project has no such file"),
        ("| a |\n|---|\n| b |\n| [c](c.md) |", "docs/one.md:6: c.md: the project has no such file"),
        ("[out](../../out.md)", "docs/one.md:3: ../../out.md: the project has no such file"),
    ],
    ids=["page", "anchor", "own anchor", "picture", "in a table", "outside"],
)
def test_what_leads_nowhere_stops_it_with_file_and_line(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "out.md").write_text("# Out\n", encoding="utf-8")
    (tmp_path / "project").mkdir()
    with pytest.raises(DocsError) as error:
        build({}, {}, project(tmp_path / "project", text))
    assert str(error.value).startswith(said)


def test_page_without_a_heading_stops_it(tmp_path: Path) -> None:
    (project(tmp_path, "") / "docs" / "two.md").write_text("Text.\n", encoding="utf-8")
    with pytest.raises(DocsError, match=r"^docs/two\.md:1: no heading"):
        build({}, {}, tmp_path)


def test_pages_are_as_github_shows_them(tmp_path: Path) -> None:
    text = "## `a_b`, c\n\n## `a_b`, c\n\n[x](#a_b-c-1) <b>bold</b>\n\n![y](y.png) [z](y.png)"
    (project(tmp_path, text) / "docs" / "y.png").write_bytes(b"picture")
    files = build({}, {}, tmp_path)
    page = Read(files["one.html"])
    assert {"a_b-c", "a_b-c-1"} <= set(page.ids)
    assert "<b>bold</b>" in page.text and page.all("b") == []
    assert files["y.png"] == b"picture" and ("img", "y.png") in page.leads


def test_site_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "old.html").write_bytes(b"old")
    monkeypatch.setattr(made, "SITE", tmp_path)
    monkeypatch.setattr(made.dictionary, "main", lambda: 0)

    def lacking(_: Settings) -> dict[str, bytes]:
        raise DocsError("docs/one.md:3: two.md: ...")

    monkeypatch.setattr(made, "site", lacking)
    assert made.main() == 1 and capsys.readouterr().err == "docs/one.md:3: two.md: ...\n"
    assert [path.name for path in tmp_path.iterdir()] == ["old.html"]
    monkeypatch.setattr(made, "site", lambda _: {"a/index.html": b"new"})
    assert made.main() == 0
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.html")] == ["a/index.html"]


HASHED = """
import hashlib, sys
from pipelines.common.settings import Settings
from tools.docs.__main__ import site
print(hashlib.sha256(repr(sorted(site(Settings.from_env()).items())).encode()).hexdigest())
"""


@pytest.mark.slow
def test_the_same_project_gives_the_same_bytes(files: dict[str, bytes], parsed: Settings) -> None:
    said = subprocess.run(
        [sys.executable, "-c", HASHED],
        env={**os.environ, DATA_DIR: str(parsed.data_dir), "PYTHONHASHSEED": "7", "PYTHONPATH": str(PROJECT_DIR)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()


# On a screen

LOOK = """
<!doctype html><meta charset="utf-8"><script>
const seen = [];
async function look(page, width) {
  const frame = Object.assign(document.createElement("iframe"), { src: page, width, height: 800 });
  document.body.append(frame);
  await new Promise((done) => frame.addEventListener("load", done));
  const { documentElement: root } = frame.contentDocument;
  const box = frame.contentDocument.querySelector("input[type=search]");
  box.value = "std_error_kind";
  box.dispatchEvent(new Event("input"));
  const found = [...frame.contentDocument.querySelectorAll("form li a")].map((a) => a.href.split("/").pop());
  seen.push({ page, width, needs: root.scrollWidth, found });
  frame.remove();
}
addEventListener("load", async () => {
  for (const page of PAGES) for (const width of WIDTHS) await look(page, width);
  document.body.textContent = JSON.stringify(seen);
});
</script><body>
"""


@pytest.mark.slow
@pytest.mark.chromium
def test_pages_fit_a_small_screen_and_the_search_finds(files: dict[str, bytes], tmp_path: Path) -> None:
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    look = tmp_path / "look.html"
    look.write_text(LOOK.replace("PAGES", json.dumps(KINDS)).replace("WIDTHS", json.dumps(WIDTHS)), encoding="utf-8")
    start = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    said = subprocess.run(
        [*start, "--allow-file-access-from-files", "--virtual-time-budget=20000", "--dump-dom", look.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    (body,) = re.findall(r"<body>\s*(\[.*\])\s*</body>", said.stdout, re.DOTALL)
    seen = json.loads(body)
    assert {(one["page"], one["width"]) for one in seen} == {(page, width) for page in KINDS for width in WIDTHS}
    assert [one for one in seen if one["needs"] > one["width"]] == []
    assert all("dataordbok.html#survey_estimates.std_error_kind" in one["found"] for one in seen)
