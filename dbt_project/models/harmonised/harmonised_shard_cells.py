"""What is counted in the deliveries that come in shards, by their design (pipelines/scale)."""


def model(dbt, session):
    dbt.config(materialized="table")
    tables = {
        "harmonised_cell_statements": dbt.ref("harmonised_cell_statements"),
        "harmonised_design_statements": dbt.ref("harmonised_design_statements"),
        "harmonised_kommune": dbt.ref("harmonised_kommune"),
        "harmonised_strata": dbt.ref("harmonised_strata"),
        "stg_shard": dbt.ref("stg_shard"),
    }
    from pipelines.scale.passes import shard_cells

    return shard_cells(session, tables)
