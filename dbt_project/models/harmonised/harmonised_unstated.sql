-- How many respondents in the design have no category of a breakdown because the delivery leaves blank what decides it.
with unstated as (
    {%- for survey in surveys_of('respondents') %}
    select
        stratum_id,
        {{ explode_list('unstated') }} as breakdown
    from {{ ref('harmonised_respondents_' ~ survey) }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select
    strata.survey,
    strata.part,
    strata.wave,
    unstated.breakdown,
    cast(count(*) as integer) as n_respondents
from unstated
inner join {{ ref('harmonised_strata') }} as strata
    on unstated.stratum_id = strata.stratum_id
where unstated.breakdown is not null
group by strata.survey, strata.part, strata.wave, unstated.breakdown
