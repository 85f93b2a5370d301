"""Find out how a text file is encoded, and refuse text that has been through a wrong encoding.

Not here: splitting the text into columns (csv_reader).
"""

import re

from pipelines.ingest.findings import Findings

RESAVE = "export the file again as CSV, in UTF-8 or Windows-1252"
UTF8_BOM = b"\xef\xbb\xbf"
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")

# Windows-1252 gives a letter to nearly every byte, so decoding without an error proves little. These are
# Norwegian letters gone wrong: UTF-8 read as Windows-1252 and saved again, DOS code page 865 or Mac Roman
# taken for Windows-1252, and the sign for a letter that some program has already lost.
MANGLED = re.compile(r"Ã[¦¸¥†˜…]|Â[\xa0«»§]|[A-Za-z][†›¾¿Œ]|[†›¾¿][a-z]|\ufffd")
CONTEXT = 15  # characters shown on either side


def decode(content: bytes, findings: Findings) -> tuple[str | None, str]:
    """(text, encoding found): UTF-8 with BOM, UTF-8, else Windows-1252; no text when it is none of them."""
    if content.startswith(UTF16_BOMS) or b"\x00" in content:
        line = content[: max(content.find(b"\x00"), 0)].count(b"\n") + 1
        problem = "the file is UTF-16, or no text at all: it holds NUL bytes"
        findings.add("encoding", problem, RESAVE, row=line, value="0x00")
        return None, ""
    encodings = ["utf-8-sig"] if content.startswith(UTF8_BOM) else ["utf-8", "cp1252"]
    failed: UnicodeDecodeError | None = None
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            failed = error
            continue
        _check_mangled(text, encoding, findings)
        return text, encoding
    assert failed is not None
    byte = f"0x{failed.object[failed.start]:02X}"
    line = failed.object[: failed.start].count(b"\n") + 1
    findings.add("encoding", f"byte {byte} is not text in {' or '.join(encodings)}", RESAVE, row=line, value=byte)
    return None, ""


def _check_mangled(text: str, encoding: str, findings: Findings) -> None:
    if not MANGLED.search(text):
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if found := MANGLED.search(line):
            around = line[max(0, found.start() - CONTEXT) : found.end() + CONTEXT].strip()
            problem = f"read as {encoding}, the line holds letters that are the trace of another encoding"
            findings.add("encoding", problem, RESAVE, row=number, value=around)
