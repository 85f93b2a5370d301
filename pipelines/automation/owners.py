"""Who answers for an asset: the contact of seeds/labels/publication.csv, for each of them.

Not here: the assets.
"""

from collections.abc import Iterable

import dagster as dg

from pipelines.publish.metadata.publication import publication


def owned(assets: Iterable[dg.AssetsDefinition]) -> list[dg.AssetsDefinition]:
    """The assets, each with its owner."""
    owner = publication().said["contact_email"]
    return list(dg.map_asset_specs(lambda spec: spec.replace_attributes(owners=[owner]), assets))
