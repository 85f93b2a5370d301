-- One row per survey and wave: size, response, synthetic or not, and whether the rule on disclosure holds for it.
with protected as (
    select distinct
        survey,
        wave
    from {{ ref('harmonised_hidden') }}
    where what = 'wave'
)

select
    waves.survey,
    survey.survey_nb,
    waves.wave,
    waves.n_population,
    waves.n_respondents,
    waves.n_without_weight,
    -- Of a sample it is not known here how many were asked.
    case when survey.is_census then waves.n_respondents / cast(waves.n_population as double) end as response_rate,
    waves.is_synthetic,
    protected.survey is not null as is_protected
from {{ ref('harmonised_waves') }} as waves
inner join {{ ref('survey') }} as survey
    on waves.survey = survey.survey
left join protected
    on {{ same('waves', 'protected', ['survey', 'wave']) }}
