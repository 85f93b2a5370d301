"""The relative indicators of the kommune survey: rules, scoring, tables.

Not here: estimates (marts), merging of kommuner (harmonised). Dagster only in assets.py.
"""
