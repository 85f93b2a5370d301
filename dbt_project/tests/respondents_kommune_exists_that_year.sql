-- Fails with respondents whose kommune, where they state one, was not one on 1 January of the wave.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_kommune'}}}) }}
with respondents as (
    {%- for survey in surveys_of('respondents')
        if 'kommunenr' in background_of_all_parts(survey) | map(attribute='name') %}
    select distinct
        '{{ survey }}' as survey,
        wave,
        kommunenr
    from {{ ref('harmonised_respondents_' ~ survey) }}
    where kommunenr is not null
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select
    respondents.survey,
    respondents.wave,
    respondents.kommunenr
from respondents
left join {{ ref('harmonised_kommune') }} as kommune
    on respondents.wave = kommune.year and respondents.kommunenr = kommune.kommunenr
where kommune.kommunenr is null
