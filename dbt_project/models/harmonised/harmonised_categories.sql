-- The categories of every breakdown in every wave in use, by the number that respondent tables hold.
with waves as (
    select distinct
        survey,
        wave
    from {{ ref('harmonised_strata') }}
),

fylker as (
    select distinct
        year,
        fylkesnr,
        fylkesnavn
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
        cast(fylker.fylkesnr as integer) as category_no,
        fylker.fylkesnr as category,
        fylker.fylkesnavn as category_nb
    from waves
    inner join {{ ref('breakdown') }} as breakdown
        on waves.survey = breakdown.survey and breakdown.source_column = 'fylkesnr'
    inner join fylker
        on waves.wave = fylker.year

    union all

    select
        waves.survey,
        waves.wave,
        breakdown.breakdown,
        cast(kommune.kommunenr as integer) as category_no,
        kommune.kommunenr as category,
        kommune.kommunenavn as category_nb
    from waves
    inner join {{ ref('breakdown') }} as breakdown
        on waves.survey = breakdown.survey and breakdown.source_column = 'kommunenr'
    inner join {{ ref('harmonised_kommune') }} as kommune
        on waves.wave = kommune.year
)

select
    cast(row_number() over (order by survey, wave, breakdown, category_no) as integer) as domain_id,
    *
from categories
