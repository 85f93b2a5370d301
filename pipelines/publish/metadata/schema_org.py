"""The release as a schema.org Dataset, which search engines read in the report's page.

Not here: the page (publish/report).
"""

from typing import Any

from pipelines.publish.metadata.facts import Facts, File, Table


def schema_org(facts: Facts) -> dict[str, Any]:
    """JSON-LD: the release, and each table as a part of it with its files."""
    said = facts.publication.said
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": facts.url,
        "name": facts.title("nb"),
        "alternateName": facts.title("en"),
        "description": facts.description("nb"),
        "url": facts.publication.address,
        "version": facts.release_id,
        "datePublished": f"{facts.created:%Y-%m-%d}",
        "license": facts.publication.licence["url"],
        "creditText": facts.citation("nb"),
        "inLanguage": ["nb", "nn", "en"],
        "isAccessibleForFree": True,
        "keywords": facts.keywords("nb", facts.is_synthetic),
        "publisher": {
            "@type": "Organization",
            "name": said["publisher_nb"],
            "identifier": said["publisher_number"],
            "email": said["contact_email"],
        },
        **_times(facts.years),
        "distribution": [_download(facts, file) for file in facts.files],
        "hasPart": [_part(facts, table) for table in facts.tables],
    }


def _part(facts: Facts, table: Table) -> dict[str, Any]:
    return {
        "@type": "Dataset",
        "name": table.label["title_nb"],
        "description": table.description("nb"),
        "license": facts.publication.licence["url"],
        **_times(table.years),
        "distribution": [_download(facts, file) for file in table.files],
    }


def _times(years: tuple[int, int] | None) -> dict[str, str]:
    return {"temporalCoverage": f"{years[0]}/{years[1]}"} if years else {}


def _download(facts: Facts, file: File) -> dict[str, Any]:
    return {
        "@type": "DataDownload",
        "contentUrl": f"{facts.url}/{file.path}",
        "encodingFormat": file.form["media_type"],
        "contentSize": f"{file.size} B",
        "sha256": file.sha256,
    }
