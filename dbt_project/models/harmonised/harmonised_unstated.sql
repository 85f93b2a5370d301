-- How many respondents in the design have no category of a breakdown because the delivery leaves blank what decides it.
with unstated as (
    {%- for survey in ['dfo_innbygger', 'ssb_kommune', 'itip', 'ssb_stat'] %}
    select
        strata.survey,
        strata.part,
        strata.wave,
        {{ explode_list('respondents.unstated') }} as breakdown
    from {{ ref('harmonised_respondents_' ~ survey) }} as respondents
    inner join {{ ref('harmonised_strata') }} as strata
        on strata.survey = '{{ survey }}' and respondents.design_no = strata.design_no
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select
    survey,
    part,
    wave,
    breakdown,
    cast(count(*) as integer) as n_respondents
from unstated
where breakdown is not null
group by survey, part, wave, breakdown
