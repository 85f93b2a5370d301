-- The tolerance is that of adding a few inhabitants' shares in double precision.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_kommune_items'}}}) }}
select
    wave,
    division_year,
    kommunenr,
    question_id,
    answered_share
from {{ ref('harmonised_kommune_items') }}
where answered_share is null or answered_share < 0 or answered_share > 1 + 1e-9
