"""Read SOURCE.yml: who made a delivery, from where, and whether it is synthetic.

Not here: the data file beside it.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import yaml

from pipelines.ingest.findings import Findings

SOURCE_FILE = "SOURCE.yml"
REMEDY = "write SOURCE.yml as 'key: value' lines (producer, url, licence, retrieved, note, synthetic)"


@dataclass(frozen=True)
class Provenance:
    """The content of SOURCE.yml as JSON text with sorted keys, and its `synthetic` entry."""

    json: str = "{}"
    is_synthetic: bool = False


NO_PROVENANCE = Provenance()


def read_provenance(file: Path, findings: Findings) -> Provenance:
    """Parse `file`; an empty one is no provenance. What cannot be read is added to `findings`."""
    try:
        content = yaml.safe_load(file.read_bytes())
        if content is None:
            return NO_PROVENANCE
        if not isinstance(content, dict):
            findings.add("provenance", f"{file.name} is not a list of keys and values", REMEDY, value=str(content))
            return NO_PROVENANCE
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        findings.add("provenance", f"{file.name} is not YAML: {error.problem}{line}", REMEDY)
        return NO_PROVENANCE
    except (OSError, yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        findings.add("provenance", f"{file.name} cannot be read: {' '.join(str(error).split())}", REMEDY)
        return NO_PROVENANCE
    synthetic = content.get("synthetic", False)
    if not isinstance(synthetic, bool):
        findings.add(
            "provenance",
            f"synthetic in {file.name} is neither true nor false",
            "write 'synthetic: true' or 'synthetic: false', without quotation marks",
            column="synthetic",
            value="" if synthetic is None else str(synthetic),
        )
    return Provenance(text, synthetic is True)
