-- Whose answers make up a kommune's answers, in the wave's own division and in each panel division.
-- Not here: the merging of answers (harmonised_panel_items).
-- Inhabitants are decimals, so that their sums do not depend on the order of adding.
-- One row per unit (survey, wave, division_year, kommunenr) and source kommune of the wave, with the inhabitants
-- that the two share.
-- Forward the sources are predecessors; backward they are the later kommuner the inhabitants live in.
with respondents as (
    {%- for survey in panel_surveys() %}
    select
        '{{ survey }}' as survey,
        wave,
        kommunenr,
        {{ column_typed(survey, '', 'kommune_population') or 'null' }} as inhabitants
    from {{ ref('harmonised_respondents_' ~ survey) }}

    union all
    {%- endfor %}
    select
        null as survey,
        null as wave,
        null as kommunenr,
        null as inhabitants
    where false
),

waves as (
    select distinct
        survey,
        wave
    from respondents
),

native as (
    select
        respondents.survey,
        respondents.wave,
        respondents.wave as division_year,
        respondents.kommunenr,
        respondents.kommunenr as source_kommunenr,
        cast(coalesce(respondents.inhabitants, kommune.population) as decimal(18, 6)) as inhabitants,
        'native' as relation
    from respondents
    left join {{ ref('harmonised_kommune') }} as kommune
        on respondents.wave = kommune.year and respondents.kommunenr = kommune.kommunenr
),

other_divisions as (
    {{ division_sources('(select wave as year from waves) as years_of_waves') }}
),

moved as (
    select
        waves.survey,
        waves.wave,
        other_divisions.division_year,
        other_divisions.kommunenr,
        other_divisions.source_kommunenr,
        other_divisions.inhabitants,
        other_divisions.relation
    from waves
    inner join other_divisions
        on waves.wave = other_divisions.year
),

every as (
    select * from native
    union all
    select * from moved
)

select
    cast(dense_rank() over (order by survey, wave, division_year, kommunenr) as integer) as unit_id,
    *,
    -- The part of the source's own inhabitants: what of an amount belongs here.
    cast(inhabitants as double) / cast(
        sum(inhabitants) over (partition by survey, wave, division_year, source_kommunenr) as double
    ) as source_share,
    -- A kommune made of several has one method: the one that says most about how it was made.
    max(relation) over of_unit as method,
    count(*) over of_unit as n_sources,
    sum(inhabitants) over of_unit as total_inhabitants
from every
window of_unit as (partition by survey, wave, division_year, kommunenr)
