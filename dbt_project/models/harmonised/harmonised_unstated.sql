-- How many respondents in the design have no category of a breakdown because the delivery leaves blank what decides it.
with unstated as (
    {{ counted('unstated') }}
)

select
    strata.survey,
    strata.part,
    strata.wave,
    unstated.breakdown,
    cast(sum(unstated.n) as integer) as n_respondents
from unstated
inner join {{ ref('harmonised_strata') }} as strata
    on unstated.stratum_id = strata.stratum_id
group by strata.survey, strata.part, strata.wave, unstated.breakdown
