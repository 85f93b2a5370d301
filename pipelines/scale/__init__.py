"""Work on the shards of a large delivery, divided among processes or machines.

Not here: what is checked of a shard (ingest), and what is counted of it (dbt_project).
"""
