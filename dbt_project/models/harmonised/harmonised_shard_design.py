"""The design of the deliveries that come in shards, as it is counted in them (pipelines/scale)."""


def model(dbt, session):
    dbt.config(materialized="table")
    tables = {
        "harmonised_design_statements": dbt.ref("harmonised_design_statements"),
        "stg_shard": dbt.ref("stg_shard"),
        "survey": dbt.ref("survey"),
    }
    from pipelines.scale.passes import shard_design

    return shard_design(session, tables)
