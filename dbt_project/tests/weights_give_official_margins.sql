-- Warns with parts of the country that weigh more or less than their part of all inhabitants, by more than the limit.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'weight_audit'}}}) }}
select
    survey,
    wave,
    margin,
    category,
    share_weighted,
    official_share,
    difference
from {{ ref('weight_audit') }}
where abs(difference) > {{ var('margin_limit') }}
