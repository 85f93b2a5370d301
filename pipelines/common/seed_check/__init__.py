"""Mistakes in seeds/, found in a second without dbt: file, line, column, value, and what to do.

Not here: rules that need to know a later layer's code (seed_rules of the packages), and whether answers fit (ingest, dbt).
"""
