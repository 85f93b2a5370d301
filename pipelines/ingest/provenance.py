"""Read SOURCE.yml: who made a delivery, from where, and whether it is synthetic.

Not here: the data file beside it.
"""

import difflib
import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from pipelines.ingest.files import ordinary_size
from pipelines.ingest.findings import Findings

SOURCE_FILE = "SOURCE.yml"
MAX_SOURCE_BYTES = 64_000
SYNTHETIC = "synthetic"
KEYS = ("producer", "url", "licence", "retrieved", "note", SYNTHETIC)
REMEDY = (
    f"write SOURCE.yml in UTF-8, as 'key: value' lines ({', '.join(KEYS)}); a text with a colon in it stands in "
    "quotation marks"
)
SYNTHETIC_REMEDY = "write synthetic: true or false, without quotation marks"
# How the word is written by those who do not write 'synthetic', and how near a misspelling is to it.
SPELLINGS = (SYNTHETIC, "syntetisk")
SPELLING = re.compile(r"[sz][yi]nth?et")
NEAR = 0.8

Scalar = str | int | float | bool | date | None


@dataclass(frozen=True)
class Provenance:
    """The content of SOURCE.yml as JSON text with sorted keys, and its `synthetic` entry."""

    json: str = "{}"
    is_synthetic: bool = False


NO_PROVENANCE = Provenance()


class _PlainLoader(yaml.SafeLoader):
    """YAML without aliases: a few lines of them can stand for gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            problem = "an alias ('*name') stands for a value that is written elsewhere; write the value itself"
            raise yaml.composer.ComposerError(None, None, problem, self.peek_event().start_mark)
        return super().compose_node(parent, index)


def read_provenance(file: Path, findings: Findings) -> Provenance:
    """Parse `file`; an empty one is no provenance. What cannot be read is added to `findings`.

    Keys are known in any case and with blanks around them, and are lower case in the result. Other keys are kept
    as written. A value is one text, number, date, true or false, or nothing; a file has up to MAX_SOURCE_BYTES.
    """
    try:
        content = _entries(file, findings)
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False, default=str)
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        findings.add("provenance", f"{file.name} is not plain YAML: {error.problem}{line}", REMEDY)
        return NO_PROVENANCE
    except (OSError, yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        findings.add("provenance", f"{file.name} cannot be read: {' '.join(str(error).split())}", REMEDY)
        return NO_PROVENANCE
    synthetic = content.get(SYNTHETIC, False)
    if not isinstance(synthetic, bool):
        findings.at(column=SYNTHETIC).add(
            "provenance",
            f"synthetic in {file.name} is neither true nor false",
            SYNTHETIC_REMEDY,
            value="" if synthetic is None else str(synthetic),
        )
    for key in content:
        if _means_synthetic(key):
            problem = f"{key} in {file.name} may be meant as synthetic, and would not count as that"
            findings.at(column=key).add("provenance", problem, SYNTHETIC_REMEDY, value=str(content[key]))
    return Provenance(text, synthetic is True)


def _entries(file: Path, findings: Findings) -> dict[str, Scalar]:
    """{key: value}; raises OSError, ValueError and YAMLError for a file that has none at all."""
    size = ordinary_size(file)
    if size > MAX_SOURCE_BYTES:
        raise ValueError(f"it has {size:,} bytes, the limit is {MAX_SOURCE_BYTES:,}")
    content = file.read_bytes()
    loader = _PlainLoader(content)
    node = loader.get_single_node()
    if node is None or (isinstance(node, yaml.ScalarNode) and loader.construct_document(node) is None):
        return {}
    if not isinstance(node, yaml.MappingNode):
        problem = f"{file.name} is not a list of keys and values"
        findings.add("provenance", problem, REMEDY, value=content.decode("utf-8", "replace").strip())
        return {}
    entries: dict[str, Scalar] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = _known(key_node.value) if isinstance(key_node, yaml.ScalarNode) else None
        value = loader.construct_object(value_node) if isinstance(value_node, yaml.ScalarNode) else ()
        if key is None or not isinstance(value, Scalar):
            problem = f"line {line} of {file.name} holds a list or a nested entry instead of one value"
            findings.at(column=key or "").add("provenance", problem, "write one text, number, date, true or false")
        elif key in entries:
            problem = f"line {line} of {file.name} writes {key} a second time"
            findings.at(column=key).add("provenance", problem, "keep one of the lines", value=str(value))
        else:
            entries[key] = value
    return entries


def _known(key: str) -> str:
    """The key as it is looked up: a known one in lower case, another as it is written."""
    trimmed = key.strip()
    return trimmed.lower() if trimmed.lower() in KEYS else trimmed


def _means_synthetic(key: str) -> bool:
    """Whether a key other than `synthetic` looks like it; made-up data must not pass for real by a spelling."""
    if key in KEYS:
        return False
    letters = "".join(c for c in key.lower() if c.isalpha())
    return bool(SPELLING.search(letters) or difflib.get_close_matches(letters, SPELLINGS, cutoff=NEAR))
