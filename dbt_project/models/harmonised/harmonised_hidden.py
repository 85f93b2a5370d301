"""What a release hides of the waves that a rule protects: the one model that is not SQL (pipelines/disclosure)."""


def model(dbt, session):
    dbt.config(materialized="table")
    tables = {
        "breakdown": dbt.ref("breakdown"),
        "composite_breakdown": dbt.ref("composite_breakdown"),
        "disclosure_rule": dbt.ref("disclosure_rule"),
        "figure_term": dbt.ref("figure_term"),
        "harmonised_bases": dbt.ref("harmonised_bases"),
        "harmonised_categories": dbt.ref("harmonised_categories"),
        "harmonised_composite_answers": dbt.ref("harmonised_composite_answers"),
        "harmonised_estimate_cells": dbt.ref("harmonised_estimate_cells"),
        "harmonised_estimates": dbt.ref("harmonised_estimates"),
        "harmonised_margins": dbt.ref("harmonised_margins"),
        "harmonised_overlaps": dbt.ref("harmonised_overlaps"),
        "harmonised_statistics": dbt.ref("harmonised_statistics"),
        "harmonised_waves": dbt.ref("harmonised_waves"),
        "population": dbt.ref("population"),
        "population_rule": dbt.ref("population_rule"),
        "question": dbt.ref("question"),
    }
    from pipelines.disclosure.hidden import hidden_table

    return hidden_table(session, tables)
