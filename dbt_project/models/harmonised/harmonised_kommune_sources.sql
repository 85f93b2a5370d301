-- Whose answers make up a kommune's answers, in the wave's own division and in each panel division.
-- Not here: the merging of answers (harmonised_kommune_items).
-- Inhabitants are decimals, so that their sums do not depend on the order of adding.
-- One row per wave, division_year, kommunenr and source kommune of the wave; inhabitants shared by the two.
-- Forward the sources are predecessors; backward they are the later kommuner the inhabitants live in.
with respondents as (
    select distinct wave
    from {{ ref('stg_ssb_kommune__respondents') }}
),

native as (
    select
        respondents.wave,
        respondents.wave as division_year,
        respondents.kommunenr,
        respondents.kommunenr as source_kommunenr,
        cast(respondents.folkemengde as decimal(18, 6)) as inhabitants,
        'native' as relation
    from {{ ref('stg_ssb_kommune__respondents') }} as respondents
),

forward as (
    select
        respondents.wave,
        panel.division_year,
        crosswalk.to_kommunenr as kommunenr,
        crosswalk.from_kommunenr as source_kommunenr,
        cast(kommune.population * crosswalk.population_weight as decimal(18, 6)) as inhabitants,
        crosswalk.relation
    from respondents
    inner join {{ ref('panel') }} as panel
        on respondents.wave < panel.division_year
    inner join {{ ref('harmonised_kommune_crosswalk') }} as crosswalk
        on
            respondents.wave = crosswalk.from_year
            and panel.division_year = crosswalk.to_year
    inner join {{ ref('harmonised_kommune') }} as kommune
        on
            respondents.wave = kommune.year
            and crosswalk.from_kommunenr = kommune.kommunenr
),

backward as (
    select
        respondents.wave,
        panel.division_year,
        crosswalk.from_kommunenr as kommunenr,
        crosswalk.to_kommunenr as source_kommunenr,
        cast(kommune.population * crosswalk.population_weight as decimal(18, 6)) as inhabitants,
        case
            when crosswalk.relation in ('identity', 'renumbered') then crosswalk.relation
            else 'successor'
        end as relation
    from respondents
    inner join {{ ref('panel') }} as panel
        on respondents.wave > panel.division_year
    inner join {{ ref('harmonised_kommune_crosswalk') }} as crosswalk
        on
            panel.division_year = crosswalk.from_year
            and respondents.wave = crosswalk.to_year
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
    wave,
    division_year,
    kommunenr,
    source_kommunenr,
    inhabitants,
    -- A kommune made of several has one method: the one that says most about how it was made.
    max(relation) over (partition by wave, division_year, kommunenr) as method,
    count(*) over (partition by wave, division_year, kommunenr) as n_sources,
    sum(inhabitants) over (partition by wave, division_year, kommunenr) as total_inhabitants
from every
