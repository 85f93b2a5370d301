"""Replace the ids of respondents by a keyed hash, before anything of them is stored.

Not here: which columns hold such ids (codebook). The key itself is never shown, logged or stored in the database.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from pipelines.common.settings import MIN_KEY_LENGTH, PSEUDONYM_KEY, Settings
from pipelines.common.warehouse import make_private_folder
from pipelines.ingest.findings import Findings

KEY_FILE = "pseudonym.key"
MAKE_KEY = "python3 -c 'import secrets; print(secrets.token_hex(32))'"


@dataclass(frozen=True)
class Pseudonyms:
    """Pseudonyms under one key: 64 hexadecimal digits, HMAC-SHA-256 of the trimmed id in UTF-8."""

    key: bytes = field(repr=False)

    def of(self, respondent_id: str) -> str:
        """The pseudonym of an id; a blank one stays ''."""
        trimmed = respondent_id.strip()
        return hmac.digest(self.key, trimmed.encode(), "sha256").hex() if trimmed else ""

    def of_cells(self, cells: pa.Array) -> pa.Array:
        """The pseudonyms of a column of text, in the same order."""
        if isinstance(cells, pa.DictionaryArray):
            return pa.DictionaryArray.from_arrays(cells.indices, self.of_cells(cells.dictionary))
        return pa.array([self.of(cell) for cell in cells.to_pylist()], pa.string())

    def fingerprint(self, codebook_fingerprint: str) -> str:
        """The fingerprint of how a wave is read, with the key in it: another key is another reading."""
        which_key = self.of("which key").encode()
        return hashlib.sha256(codebook_fingerprint.encode() + which_key).hexdigest()


def passing_pseudonyms() -> Pseudonyms:
    """Under a key that nobody keeps: within a load the same id has the same pseudonym, and nothing else is known."""
    return Pseudonyms(secrets.token_bytes(32))


def pseudonyms_for(settings: Settings, is_synthetic: bool, findings: Findings) -> Pseudonyms | None:
    """The configured key; for a synthetic delivery else a generated one; else None, with a finding."""
    if settings.pseudonym_key:
        return Pseudonyms(settings.pseudonym_key.encode())
    if is_synthetic:
        return Pseudonyms(_generated_key(settings.work / KEY_FILE).encode())
    findings.add(
        "pseudonym_key",
        f"the file holds respondent ids, which are stored as keyed hashes only, and {PSEUDONYM_KEY} is not set",
        f"set {PSEUDONYM_KEY} to a secret of {MIN_KEY_LENGTH} characters or more and keep it; "
        f"{MAKE_KEY} makes one. Only a delivery with synthetic: true in SOURCE.yml needs none",
    )
    return None


def _generated_key(file: Path) -> str:
    """The key of this data directory, for made-up respondents; written once, for its owner only."""
    if file.exists():
        return file.read_text(encoding="ascii")
    key = secrets.token_hex(32)
    make_private_folder(file.parent)
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as stream:
        stream.write(key)
    aside.rename(file)
    return key
