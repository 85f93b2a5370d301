-- As many kommuner in every year as Statistics Norway counts, and no year without a count.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_kommune'}}}) }}
with kommuner as (
    select
        year,
        count(*) as n_kommuner
    from {{ ref('harmonised_kommune') }}
    group by year
)

select
    coalesce(kommuner.year, official.year) as year,
    kommuner.n_kommuner,
    official.n_kommuner as official_n_kommuner
from kommuner
full outer join {{ ref('kommune_count') }} as official on kommuner.year = official.year
where
    kommuner.n_kommuner is null
    or official.n_kommuner is null
    or kommuner.n_kommuner <> official.n_kommuner
