-- The tolerance is that of adding a few inhabitants' shares in double precision.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_panel_items'}}}) }}
select
    unit_id,
    question_id,
    answered_share
from {{ ref('harmonised_panel_items') }}
where answered_share is null or answered_share < 0 or answered_share > 1 + 1e-9
