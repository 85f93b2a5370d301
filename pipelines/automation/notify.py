"""Tell someone that a run failed.

Not here: when (jobs.py).
"""

import json
import urllib.request


def notify(url: str, job: str, run_id: str, error: str) -> None:
    """POST {job, run_id, error} as JSON to `url`; raises urllib.error.URLError when it cannot be reached."""
    body = json.dumps({"job": job, "run_id": run_id, "error": error}).encode()
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30):
        pass
