-- One row per survey and wave: size, response, synthetic or not.
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
    exists (
        select hidden.what
        from {{ ref('harmonised_hidden') }} as hidden
        where hidden.what = 'wave' and {{ same('hidden', 'waves', ['survey', 'wave']) }}
    ) as is_protected
from {{ ref('harmonised_waves') }} as waves
inner join {{ ref('survey') }} as survey
    on waves.survey = survey.survey
