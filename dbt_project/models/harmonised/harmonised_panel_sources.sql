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

forward as (
    select
        waves.survey,
        waves.wave,
        panel.division_year,
        crosswalk.to_kommunenr as kommunenr,
        crosswalk.from_kommunenr as source_kommunenr,
        cast(kommune.population * crosswalk.population_weight as decimal(18, 6)) as inhabitants,
        crosswalk.relation
    from waves
    inner join {{ ref('panel') }} as panel
        on waves.wave < panel.division_year
    inner join {{ ref('harmonised_kommune_crosswalk') }} as crosswalk
        on
            waves.wave = crosswalk.from_year
            and panel.division_year = crosswalk.to_year
    inner join {{ ref('harmonised_kommune') }} as kommune
        on
            waves.wave = kommune.year
            and crosswalk.from_kommunenr = kommune.kommunenr
),

backward as (
    select
        waves.survey,
        waves.wave,
        panel.division_year,
        crosswalk.from_kommunenr as kommunenr,
        crosswalk.to_kommunenr as source_kommunenr,
        cast(kommune.population * crosswalk.population_weight as decimal(18, 6)) as inhabitants,
        case
            when crosswalk.relation in ('identity', 'renumbered') then crosswalk.relation
            else 'successor'
        end as relation
    from waves
    inner join {{ ref('panel') }} as panel
        on waves.wave > panel.division_year
    inner join {{ ref('harmonised_kommune_crosswalk') }} as crosswalk
        on
            panel.division_year = crosswalk.from_year
            and waves.wave = crosswalk.to_year
    inner join {{ ref('harmonised_kommune') }} as kommune
        on
            panel.division_year = kommune.year
            and crosswalk.from_kommunenr = kommune.kommunenr
),

every as (
    select * from native
    union all
    select * from forward
    union all
    select * from backward
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
