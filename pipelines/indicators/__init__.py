"""The relative indicators of the surveys of kommuner: rules, scoring, tables.

Not here: estimates (marts), merging of kommuner (harmonised). Dagster only in assets.py.
"""
