"""JSON for documents: indented, and what holds values alone on one line, which is a quarter shorter and easier to read.

Not here: what the documents say (the modules beside this one).
"""

import json
import re
from typing import Any

# No value has a line break: JSON writes it as \n.
FLAT = re.compile(r"\{\n([^{}\[\]]*)\n\s*\}")


def json_text(said: Any) -> str:
    """What is said, as the text of a file."""
    text = json.dumps(said, indent=1, ensure_ascii=False)
    return FLAT.sub(lambda found: "{" + " ".join(line.strip() for line in found[1].split("\n")) + "}", text) + "\n"
