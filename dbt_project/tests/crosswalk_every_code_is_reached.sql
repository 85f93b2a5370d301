-- A kommune that exists in one year has a predecessor in every earlier year. Fails with those that have none.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_kommune'}}}) }}
with years as (
    select distinct year
    from {{ ref('harmonised_kommune') }}
)

select
    kommune.year,
    kommune.kommunenr,
    earlier.year as from_year
from {{ ref('harmonised_kommune') }} as kommune
inner join years as earlier
    on kommune.year > earlier.year
left join {{ ref('harmonised_kommune_crosswalk') }} as crosswalk
    on
        kommune.year = crosswalk.to_year
        and kommune.kommunenr = crosswalk.to_kommunenr
        and earlier.year = crosswalk.from_year
where crosswalk.from_kommunenr is null
