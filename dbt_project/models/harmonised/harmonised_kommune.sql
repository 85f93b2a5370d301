-- Every kommune on 1 January of every year, with what is known of it that day.
-- What became of it later is in harmonised_kommune_crosswalk.

with years as (
    select from_year as year from {{ ref('harmonised_kommune_crosswalk') }}
    union
    select to_year as year from {{ ref('harmonised_kommune_crosswalk') }}
),

kommuner as (
    select
        years.year,
        make_date(years.year, 1, 1) as first_day,
        kommune.kommunenr,
        kommune.kommunenavn,
        substr(kommune.kommunenr, 1, 2) as fylkesnr
    from years
    inner join {{ ref('kommune') }} as kommune
        on
            kommune.valid_from <= make_date(years.year, 1, 1)
            and (kommune.valid_to is null or kommune.valid_to > make_date(years.year, 1, 1))
),

divisions as (
    select
        'sentralitet' as register,
        division_year
    from {{ ref('kommune_sentralitet') }}
    union
    select
        'point' as register,
        division_year
    from {{ ref('kommune_point') }}
),

-- Sentralitet and points are known for a few divisions: take the last one that had begun,
-- or, before the first of them, the first.
nearest_division as (
    select
        years.year,
        divisions.register,
        coalesce(
            max(case when divisions.division_year <= years.year then divisions.division_year end),
            min(divisions.division_year)
        ) as division_year
    from years
    cross join divisions
    group by years.year, divisions.register
),

-- A kommune in that division: itself, or its successors when the division is a later one.
in_division as (
    select
        kommuner.year,
        kommuner.kommunenr,
        nearest_division.register,
        nearest_division.division_year,
        coalesce(crosswalk.to_kommunenr, kommuner.kommunenr) as division_kommunenr,
        coalesce(crosswalk.relation, 'identity') as relation,
        row_number() over (
            partition by kommuner.year, kommuner.kommunenr, nearest_division.register
            order by crosswalk.population_weight desc, crosswalk.to_kommunenr asc
        ) as rank_by_inhabitants
    from kommuner
    inner join nearest_division on kommuner.year = nearest_division.year
    left join {{ ref('harmonised_kommune_crosswalk') }} as crosswalk
        on
            kommuner.year = crosswalk.from_year
            and kommuner.kommunenr = crosswalk.from_kommunenr
            and nearest_division.division_year = crosswalk.to_year
),

sentralitet as (
    select
        in_division.year,
        in_division.kommunenr,
        kommune_sentralitet.sentralitet,
        in_division.relation not in ('identity', 'renumbered')
        and in_division.division_year > in_division.year as is_sentralitet_of_another
    from in_division
    inner join {{ ref('kommune_sentralitet') }} as kommune_sentralitet
        on
            in_division.division_year = kommune_sentralitet.division_year
            and in_division.division_kommunenr = kommune_sentralitet.kommunenr
    where in_division.register = 'sentralitet' and in_division.rank_by_inhabitants = 1
),

-- A point in the successor need not lie in the old kommune: only the same area has it.
point as (
    select
        in_division.year,
        in_division.kommunenr,
        kommune_point.latitude,
        kommune_point.longitude
    from in_division
    inner join {{ ref('kommune_point') }} as kommune_point
        on
            in_division.division_year = kommune_point.division_year
            and in_division.division_kommunenr = kommune_point.kommunenr
    where in_division.register = 'point' and in_division.relation in ('identity', 'renumbered')
),

-- A year without counts takes those of the last year that has them.
population_year as (
    select
        years.year,
        max(kommune_population.year) as counted_year
    from years
    inner join {{ ref('kommune_population') }} as kommune_population
        on years.year >= kommune_population.year
    group by years.year
),

-- The reform lies between the first two divisions of the panel.
reform as (
    select
        division_year as before_reform,
        lead(division_year) over (order by division_year) as after_reform
    from {{ ref('panel') }}
    qualify row_number() over (order by division_year) = 1
),

-- Who was merged in it: until it is over those who will be, afterwards those who were.
merged as (
    select
        crosswalk.from_year as year,
        crosswalk.from_kommunenr as kommunenr
    from {{ ref('harmonised_kommune_crosswalk') }} as crosswalk
    inner join reform on crosswalk.to_year = reform.after_reform
    where
        crosswalk.from_year between reform.before_reform and reform.after_reform - 1
        and crosswalk.relation in ('merged', 'split_and_merged')

    union

    select
        crosswalk.to_year as year,
        crosswalk.to_kommunenr as kommunenr
    from {{ ref('harmonised_kommune_crosswalk') }} as crosswalk
    inner join reform on crosswalk.from_year = reform.before_reform
    where
        crosswalk.to_year >= reform.after_reform
        and crosswalk.relation in ('merged', 'split_and_merged')
)

select
    kommuner.year,
    kommuner.kommunenr,
    kommuner.kommunenavn,
    kommuner.fylkesnr,
    fylke.fylkesnavn,
    sentralitet.sentralitet,
    coalesce(sentralitet.is_sentralitet_of_another, false) as is_sentralitet_of_another,
    case
        when merged.kommunenr is not null then 1
        when kommuner.year >= (select reform.before_reform from reform) then 0
    end as merger,
    kommune_population.population,
    kommune_population.year as population_year,
    point.latitude,
    point.longitude
from kommuner
left join {{ ref('fylke') }} as fylke
    on
        kommuner.fylkesnr = fylke.fylkesnr
        and kommuner.first_day >= fylke.valid_from
        and (fylke.valid_to is null or kommuner.first_day < fylke.valid_to)
left join sentralitet
    on
        kommuner.year = sentralitet.year
        and kommuner.kommunenr = sentralitet.kommunenr
left join merged
    on
        kommuner.year = merged.year
        and kommuner.kommunenr = merged.kommunenr
left join population_year
    on kommuner.year = population_year.year
left join {{ ref('kommune_population') }} as kommune_population
    on
        population_year.counted_year = kommune_population.year
        and kommuner.kommunenr = kommune_population.kommunenr
left join point
    on
        kommuner.year = point.year
        and kommuner.kommunenr = point.kommunenr
