-- The categories of every breakdown in every wave in use, by the number that respondent tables hold.
with waves as (
    select distinct
        survey,
        wave
    from {{ ref('harmonised_strata') }}
),

-- Categories by themselves, by the column of a respondent that numbers them.
regions as (
    select distinct
        year,
        'fylkesnr' as source_column,
        fylkesnr as region,
        fylkesnavn as region_nb
    from {{ ref('harmonised_kommune') }}
    union all
    select
        year,
        'kommunenr' as source_column,
        kommunenr as region,
        kommunenavn as region_nb
    from {{ ref('harmonised_kommune') }}
),

categories as (
    select
        waves.survey,
        waves.wave,
        'all' as breakdown,
        1 as category_no,
        'all' as category,
        'Alle' as category_nb
    from waves

    union all

    select
        waves.survey,
        waves.wave,
        category.breakdown,
        cast(
            row_number() over (
                partition by waves.survey, waves.wave, category.breakdown
                order by category.source_from
            ) as integer
        ) as category_no,
        category.category,
        category.category_nb
    from waves
    inner join {{ ref('category') }} as category
        on waves.survey = category.survey

    union all

    select
        waves.survey,
        waves.wave,
        breakdown.breakdown,
        cast(regions.region as integer) as category_no,
        regions.region as category,
        regions.region_nb as category_nb
    from waves
    inner join {{ ref('breakdown') }} as breakdown
        on waves.survey = breakdown.survey
    inner join regions
        on waves.wave = regions.year and breakdown.source_column = regions.source_column
)

select
    cast(row_number() over (order by survey, wave, breakdown, category_no) as integer) as domain_id,
    *
from categories
