"""Mistakes in seeds/, found in a second without dbt: file, line, column, value, and what to do.

Not here: rules that need a later layer's code (seed_rules.py of the packages), and whether answers fit (ingest, dbt).
"""
