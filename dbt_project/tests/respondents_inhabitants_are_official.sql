-- Warns with respondents more than 1 % off: later revisions are smaller, another kommune or year is not.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'harmonised_kommune'}}}) }}
with respondents as (
    {%- for survey in surveys_of('respondents') %}
    {%- for column in background_of_all_parts(survey) if column.data_type == 'kommune_population' %}
    select
        '{{ survey }}' as survey,
        wave,
        kommunenr,
        {{ column.name }} as inhabitants
    from {{ ref('harmonised_respondents_' ~ survey) }}

    union all
    {%- endfor %}
    {%- endfor %}
    select
        null as survey,
        year as wave,
        kommunenr,
        population as inhabitants
    from {{ ref('harmonised_kommune') }}
    where false
)

select
    respondents.survey,
    respondents.wave,
    respondents.kommunenr,
    respondents.inhabitants,
    kommune.population as official_population
from respondents
inner join {{ ref('harmonised_kommune') }} as kommune
    on respondents.wave = kommune.year and respondents.kommunenr = kommune.kommunenr
where
    kommune.population_year = kommune.year
    and abs(respondents.inhabitants - kommune.population) > 0.01 * kommune.population
