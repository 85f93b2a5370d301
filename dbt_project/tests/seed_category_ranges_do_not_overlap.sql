-- Fails with categories that share a value of their source, and with categories of a breakdown the survey lacks.
{{ config(meta={'dagster': {'ref': {'name': 'category'}}}) }}
select
    one.survey,
    one.breakdown,
    one.category,
    other.category as other_category
from {{ ref('category') }} as one
left join {{ ref('breakdown') }} as breakdown
    on one.survey = breakdown.survey and one.breakdown = breakdown.breakdown
left join {{ ref('category') }} as other
    on
        one.survey = other.survey
        and one.breakdown = other.breakdown
        and one.category <> other.category
        and one.source_from <= other.source_from
        and coalesce(one.source_to, other.source_from) >= other.source_from
where breakdown.breakdown is null or other.category is not null
