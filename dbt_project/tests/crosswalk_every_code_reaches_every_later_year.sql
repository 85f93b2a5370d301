-- A kommune that existed in one year has a successor in every later year. Fails with those that have none.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_kommune'}}}) }}
with years as (
    select distinct year
    from {{ ref('harmonised_kommune') }}
)

select
    kommune.year,
    kommune.kommunenr,
    later.year as to_year
from {{ ref('harmonised_kommune') }} as kommune
inner join years as later
    on kommune.year < later.year
left join {{ ref('harmonised_kommune_crosswalk') }} as crosswalk
    on
        kommune.year = crosswalk.from_year
        and kommune.kommunenr = crosswalk.from_kommunenr
        and later.year = crosswalk.to_year
where crosswalk.to_kommunenr is null
