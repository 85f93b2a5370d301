-- Figures of official statistics of single kommuner, in the division that the table has, and in each panel division.
-- A count of a kommune made of several is their sum, and known where all are; a percentage or an index is their mean by
-- inhabitants, and known where half of them lived in a kommune that has a figure. One that is the same kommune, or shares
-- the figure of its successor, needs no inhabitants.
-- Which division a table has is that of the figure's year, but where seeds/sources/resource.csv names another.
with year_range as (
    select
        min(year) as first_year,
        max(year) as last_year
    from {{ ref('harmonised_kommune') }}
),

-- A kommune is a number of four digits; other regions have no division. What has a sign alone is a kommune of another
-- time, which StatBank lists beside those that there were.
figures as (
    select
        figures.*,
        figures.region as source_kommunenr,
        coalesce(
            resource.division_year, least(greatest(figures.year, year_range.first_year), year_range.last_year)
        ) as own_division
    from {{ ref('harmonised_official_figures') }} as figures
    cross join year_range
    left join {{ ref('resource') }} as resource
        on figures.delivered_as = resource.source || '_' || resource.resource
    where regexp_full_match(figures.region, '[0-9]{4}') and figures.value is not null
),

other_divisions as (
    {{ division_sources('(select own_division as year from figures) as years_of_figures') }}
),

-- The part of the source's own inhabitants: what of a count belongs here.
shared as (
    select
        *,
        cast(inhabitants as double) / cast(
            sum(inhabitants) over (partition by year, division_year, source_kommunenr) as double
        ) as source_share,
        max(relation) over of_kommune as method,
        cast(count(*) over of_kommune as integer) as n_sources,
        sum(inhabitants) over of_kommune as total_inhabitants
    from other_divisions
    window of_kommune as (partition by year, division_year, kommunenr)
),

moved as (
    select
        figures.source,
        figures.delivered_as,
        figures.edition,
        figures.table_id,
        figures.concept,
        figures.concept_nb,
        figures.category,
        figures.category_nb,
        figures.period_code,
        figures.year,
        figures.unit,
        figures.is_synthetic,
        shared.division_year,
        shared.kommunenr,
        shared.method,
        shared.n_sources,
        case
            when max(shared.method) in ('identity', 'renumbered') then max(figures.value)
            else {{ ordered_sum('figures.value * shared.source_share', 'shared.source_kommunenr') }}
        end as sum_value,
        case
            when max(shared.n_sources) = 1 then max(figures.value)
            else
                {{ ordered_sum('figures.value * cast(shared.inhabitants as double)', 'shared.source_kommunenr') }}
                / cast(sum(shared.inhabitants) as double)
        end as mean_value,
        case
            when max(shared.n_sources) = 1 then 1.0
            else cast(sum(shared.inhabitants) as double) / cast(max(shared.total_inhabitants) as double)
        end as known_share
    from figures
    inner join shared
        on figures.own_division = shared.year and figures.source_kommunenr = shared.source_kommunenr
    group by all
),

every as (
    select
        source,
        edition,
        table_id,
        concept,
        concept_nb,
        category,
        category_nb,
        period_code,
        year,
        unit,
        is_synthetic,
        own_division as division_year,
        source_kommunenr as kommunenr,
        'native' as method,
        1 as n_sources,
        cast(1 as double) as known_share,
        value
    from figures

    union all by name

    select
        moved.* exclude (delivered_as, sum_value, mean_value),
        case
            when moved.unit = 'count' and moved.known_share > 1 - 1e-9 then moved.sum_value
            when moved.unit <> 'count' and moved.known_share >= {{ var('min_answered_share') }} then moved.mean_value
        end as value
    from moved
)

select
    every.*,
    kommune.kommunenavn
from every
left join {{ ref('harmonised_kommune') }} as kommune
    on every.division_year = kommune.year and every.kommunenr = kommune.kommunenr
