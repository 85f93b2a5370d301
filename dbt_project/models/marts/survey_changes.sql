-- Differences of means and shares between waves and between categories, each with a test of no difference.
-- Two-sided normal test: p is how likely a difference at least as large is where there is none.
with tested as (
    select
        changes.*,
        categories.breakdown,
        categories.category,
        categories.category_nb
    from {{ ref('harmonised_changes') }} as changes
    inner join {{ ref('harmonised_categories') }} as categories
        on changes.domain_id = categories.domain_id
),

ranked as (
    select
        *,
        count(p_value) over family - row_number() over by_p + 1 as n_left
    from tested
    window
        family as (
            partition by statistic_id, breakdown, comparison
        ),
        by_p as (
            partition by statistic_id, breakdown, comparison
            order by p_value nulls last, domain_id, compared_domain_id
        )
),

-- Holm: the smallest p of a family times their number, the next times one less, and none below the one before it.
adjusted as (
    select
        *,
        case
            when p_value is not null
                then max(least(n_left * p_value, 1)) over (
                    partition by statistic_id, breakdown, comparison
                    order by p_value nulls last, domain_id, compared_domain_id
                    rows between unbounded preceding and current row
                )
        end as p_adjusted
    from ranked
)

select
    statistics.survey,
    statistics.population,
    statistics.question_id,
    statistics.question_nb,
    statistics.statistic,
    nullif(statistics.answer, '') as answer,
    statistics.answer_nb,
    changes.comparison,
    changes.breakdown,
    statistics.wave,
    changes.category,
    changes.category_nb,
    compared_categories.wave as compared_wave,
    compared_categories.category as compared_category,
    compared_categories.category_nb as compared_category_nb,
    case when statistics.statistic = 'share' then 'share' else scale.scale end as scale,
    changes.estimate,
    changes.compared_estimate,
    changes.difference,
    changes.std_error,
    changes.difference - {{ var('normal_quantile') }} * changes.std_error as ci_lower,
    changes.difference + {{ var('normal_quantile') }} * changes.std_error as ci_upper,
    changes.p_value,
    changes.is_comparable,
    changes.is_suppressed,
    waves.is_synthetic or compared_waves.is_synthetic as is_synthetic,
    changes.p_adjusted,
    changes.no_test_reason,
    changes.overlaps_compared,
    changes.break_reason_nb,
    changes.is_small_base
from adjusted as changes
inner join {{ ref('harmonised_statistics') }} as statistics
    on changes.statistic_id = statistics.statistic_id
inner join {{ ref('harmonised_categories') }} as compared_categories
    on changes.compared_domain_id = compared_categories.domain_id
inner join {{ ref('harmonised_waves') }} as waves
    on statistics.survey = waves.survey and statistics.wave = waves.wave
inner join {{ ref('harmonised_waves') }} as compared_waves
    on statistics.survey = compared_waves.survey and compared_categories.wave = compared_waves.wave
left join {{ ref('scale') }} as scale
    on statistics.code_frame = scale.code_frame
where statistics.statistic <> 'composite'
