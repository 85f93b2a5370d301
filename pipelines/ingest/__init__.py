"""From landing to raw: find the extracts, read them, check them against the codebook, load them.

Not here: renaming or typing values (dbt staging), and anything of Dagster (ingest/assets.py).
"""
