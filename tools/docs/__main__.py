"""make docs: docs/data-dictionary.md, and the site in docs/site.

Not here: what the pages are (site.py).
"""

import json
import shutil
import sys

from pipelines.common.contracts import load_contracts
from pipelines.common.published import published_only
from pipelines.common.settings import PROJECT_DIR, Settings
from pipelines.definitions import defs
from pipelines.publish import dictionary
from pipelines.transform.manifest import ensure_manifest
from tools.docs.lineage import graph
from tools.docs.markdown import DocsError
from tools.docs.site import START, build

SITE = PROJECT_DIR / "docs" / "site"


def main() -> int:
    """Write both, as the project is now; it needs no run. 1 where a page names what is not there: no site then."""
    settings = Settings.from_env()
    try:
        files = site(settings)
    except DocsError as error:
        print(error, file=sys.stderr)
        return 1
    shutil.rmtree(SITE, ignore_errors=True)
    for path, content in files.items():
        (SITE / path).parent.mkdir(parents=True, exist_ok=True)
        (SITE / path).write_bytes(content)
    size = sum(map(len, files.values())) / 1_000_000
    print(f"written: {SITE / START} and {len(files) - 1} more files, {size:.1f} MB")
    return dictionary.main()


def site(settings: Settings) -> dict[str, bytes]:
    """{path: content} of the site. Raises DocsError where a page names what is not there."""
    manifest = ensure_manifest(settings)
    nodes = graph(json.loads(manifest.read_text(encoding="utf-8")), defs().resolve_all_asset_specs())
    return build(published_only(load_contracts(manifest)), nodes)


if __name__ == "__main__":
    raise SystemExit(main())
