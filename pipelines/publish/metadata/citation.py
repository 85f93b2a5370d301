"""CITATION.cff of a release: how to cite the data, by Citation File Format 1.2.0.

Not here: how to cite the code, which CITATION.cff of the project says.
"""

from typing import Any

from pipelines.publish.metadata.facts import Facts

MESSAGE = "Cite the data as below; the code has a CITATION.cff of its own."


def citation(facts: Facts) -> dict[str, Any]:
    """The file's content, in its order."""
    said = facts.publication.said
    return {
        "cff-version": "1.2.0",
        "message": MESSAGE,
        "type": "dataset",
        "title": f"{facts.title('nb')} ({facts.title('en')})",
        "abstract": facts.description("en"),
        "authors": [{"name": said["publisher_nb"]}],
        "contact": [{"name": said["contact_nb"], "email": said["contact_email"]}],
        "license": facts.publication.licence["licence"],
        "version": facts.release_id,
        "date-released": f"{facts.created:%Y-%m-%d}",
        "url": facts.publication.address,
        "keywords": ["digitalisation", "public sector", *(["synthetic data"] if facts.is_synthetic else [])],
    }
