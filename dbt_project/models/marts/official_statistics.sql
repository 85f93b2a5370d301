-- Figures of official statistics, with the breaks of their series.
with in_series as (
    select
        *,
        lag(period_code) over series as previous_period_code
    from {{ ref('harmonised_official_figures') }}
    window series as (partition by source, table_id, concept, region, category order by period_code)
),

-- A break lies between two figures when the first period after it is later than the one, and no later than the other.
broken as (
    select
        *,
        (
            select max_by(statistic_break.reason_nb, statistic_break.period)
            from {{ ref('statistic_break') }} as statistic_break
            where
                {{ same('figures', 'statistic_break', ['source', 'table_id', 'concept']) }}
                and figures.previous_period_code < statistic_break.period
                and figures.period_code >= statistic_break.period
        ) as break_reason_nb
    from in_series as figures
)

select
    broken.source,
    broken.table_id,
    broken.concept,
    broken.concept_nb,
    broken.region,
    broken.category,
    broken.category_nb,
    broken.period_code,
    broken.year,
    broken.value,
    broken.unit,
    broken.status,
    broken.previous_period_code,
    case
        when broken.previous_period_code is not null then broken.break_reason_nb is null
    end as comparable_with_previous,
    broken.break_reason_nb,
    broken.secondary_source is not null as is_secondary,
    broken.secondary_source,
    survey.producer,
    broken.url,
    broken.remark_nb,
    broken.edition,
    broken.is_synthetic
from broken
inner join {{ ref('survey') }} as survey
    on broken.source = survey.survey
