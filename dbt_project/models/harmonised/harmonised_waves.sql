-- One row per survey and wave in use: its size, its response, and whether it is synthetic.
with strata as (
    select
        survey,
        wave,
        stratum,
        count(*) as n_respondents,
        max(stratum_population) as n_population
    from {{ ref('harmonised_respondents') }}
    group by survey, wave, stratum
),

respondents as (
    select
        survey,
        wave,
        sum(n_respondents) as n_respondents,
        sum(n_population) as n_population
    from strata
    group by survey, wave
)

select
    respondents.survey,
    respondents.wave,
    cast(respondents.n_population as integer) as n_population,
    cast(respondents.n_respondents as integer) as n_respondents,
    loads.is_synthetic
from respondents
inner join {{ ref('stg_extract__loads') }} as loads
    on respondents.survey = loads.survey and respondents.wave = loads.wave and loads.status = 'loaded'
