-- Differences of means and shares between waves and between categories, each with a test of no difference.
-- Two-sided normal test: p is how likely a difference at least as large is where there is none.
with changes as (
    select
        changes.*,
        changes.estimate - changes.compared_estimate as difference,
        -- Without spread there is nothing to test.
        nullif(changes.std_error, 0) as divisor
    from {{ ref('harmonised_changes') }} as changes
)

select
    changes.survey,
    changes.population,
    changes.question_id,
    statistics.question_nb,
    changes.statistic,
    changes.answer,
    statistics.answer_nb,
    changes.comparison,
    changes.breakdown,
    changes.wave,
    changes.category,
    changes.category_nb,
    changes.compared_wave,
    changes.compared_category,
    changes.compared_category_nb,
    case when statistics.statistic = 'share' then 'share' else scale.scale end as scale,
    case when not changes.is_suppressed then changes.estimate end as estimate,
    case when not changes.is_suppressed then changes.compared_estimate end as compared_estimate,
    case when not changes.is_suppressed then changes.difference end as difference,
    case when not changes.is_suppressed then changes.std_error end as std_error,
    case
        when not changes.is_suppressed
            then changes.difference - {{ var('normal_quantile') }} * changes.std_error
    end as ci_lower,
    case
        when not changes.is_suppressed
            then changes.difference + {{ var('normal_quantile') }} * changes.std_error
    end as ci_upper,
    case
        when not changes.is_suppressed then {{ two_sided_p('changes.difference / changes.divisor') }}
    end as p_value,
    changes.is_comparable,
    changes.is_suppressed,
    waves.is_synthetic or compared_waves.is_synthetic as is_synthetic
from changes
inner join {{ ref('harmonised_statistics') }} as statistics
    on
        changes.survey = statistics.survey
        and changes.wave = statistics.wave
        and changes.population = statistics.population
        and changes.question_id = statistics.question_id
        and changes.statistic = statistics.statistic
        and changes.answer is not distinct from statistics.answer
inner join {{ ref('harmonised_waves') }} as waves
    on changes.survey = waves.survey and changes.wave = waves.wave
inner join {{ ref('harmonised_waves') }} as compared_waves
    on changes.survey = compared_waves.survey and changes.compared_wave = compared_waves.wave
left join {{ ref('scale') }} as scale
    on statistics.code_frame = scale.code_frame
