-- Fails with respondents whose kommune, where they state one, was not one on 1 January of the wave.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_kommune'}}}) }}
with respondents as (
    select distinct
        'dfo_innbygger' as survey,
        wave,
        kommunenr
    from {{ ref('harmonised_respondents_dfo_innbygger') }}
    union all
    select distinct
        'ssb_kommune' as survey,
        wave,
        kommunenr
    from {{ ref('harmonised_respondents_ssb_kommune') }}
)

select
    respondents.survey,
    respondents.wave,
    respondents.kommunenr
from respondents
left join {{ ref('harmonised_kommune') }} as kommune
    on respondents.wave = kommune.year and respondents.kommunenr = kommune.kommunenr
where respondents.kommunenr is not null and kommune.kommunenr is null
