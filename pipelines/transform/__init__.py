"""dbt inside Dagster: the manifest, and one asset per seed and model.

Not here: SQL (dbt_project).
"""
