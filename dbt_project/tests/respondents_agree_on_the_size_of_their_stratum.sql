-- Warns with strata whose respondents name different sizes, or of whom only some name one: the largest counts, which
-- makes no error too small. The door says it, too, and names the file; one file does not stop all surveys.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'harmonised_strata'}}}) }}
with respondents as (
    {%- for survey in surveys_of('respondents') %}
    {%- for part in parts_of(survey) if has_background(survey, part, 'stratum_population') %}
    select
        '{{ survey }}' as survey,
        {{ design_columns(survey, part) }},
        wave,
        stratum_population
    from {{ ref(staging_name(survey, part)) }}

    union all
    {%- endfor %}
    {%- endfor %}
    select
        survey,
        part,
        stratum,
        null as weight,
        wave,
        stratum_population
    from {{ ref('harmonised_strata') }}
    where false
)

select
    survey,
    wave,
    part,
    stratum,
    count(*) as n_respondents,
    count(stratum_population) as n_with_size,
    min(stratum_population) as smallest,
    max(stratum_population) as largest
from respondents
where weight > 0
group by survey, wave, part, stratum
having
    min(stratum_population) <> max(stratum_population)
    or count(stratum_population) not in (0, count(*))
