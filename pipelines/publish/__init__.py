"""From finished tables to one release in force: Parquet, manifest, report and the read-only warehouse.

Not here: computing anything. No Dagster in this package but in assets.py.
"""
