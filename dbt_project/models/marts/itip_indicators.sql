-- Composites of questions, by the breakdowns that are published of them, and their change from the wave before.
with items as (
    select
        answers.statistic_id,
        answers.domain_id,
        string_agg(distinct answers.question_id, ' ' order by answers.question_id) as questions,
        cast(count(distinct answers.question_id) as integer) as n_questions,
        -- The last declared break in the series of any of them.
        max(series_break.wave) as broken_since
    from {{ ref('harmonised_composite_answers') }} as answers
    inner join {{ ref('harmonised_statistics') }} as statistics
        on answers.statistic_id = statistics.statistic_id
    left join {{ ref('series_break') }} as series_break
        on answers.question_id = series_break.question_id and statistics.wave >= series_break.wave
    group by answers.statistic_id, answers.domain_id
),

composites as (
    select
        statistics.survey,
        statistics.wave,
        statistics.question_id as indicator,
        statistics.question_nb as indicator_nb,
        coalesce(composite_breakdown.label_prefix, '') || categories.category as sektor,
        estimates.estimate as value,
        estimates.std_error,
        estimates.n_answers as n_respondents,
        items.questions,
        items.n_questions,
        items.broken_since,
        waves.is_synthetic
    from {{ ref('harmonised_estimates') }} as estimates
    inner join {{ ref('harmonised_statistics') }} as statistics
        on estimates.statistic_id = statistics.statistic_id
    inner join items
        on estimates.statistic_id = items.statistic_id and estimates.domain_id = items.domain_id
    inner join {{ ref('harmonised_categories') }} as categories
        on estimates.domain_id = categories.domain_id
    inner join {{ ref('composite_breakdown') }} as composite_breakdown
        on statistics.survey = composite_breakdown.survey and categories.breakdown = composite_breakdown.breakdown
    inner join {{ ref('harmonised_waves') }} as waves
        on statistics.survey = waves.survey and statistics.wave = waves.wave
    where not estimates.is_suppressed
),

compared as (
    select
        *,
        lag(wave) over of_series as previous_wave,
        lag(value) over of_series as previous_value,
        sqrt(std_error * std_error + lag(std_error * std_error) over of_series) as change_std_error,
        questions = lag(questions) over of_series
        and coalesce(broken_since <= lag(wave) over of_series, true) as comparable_with_previous,
        is_synthetic or coalesce(lag(is_synthetic) over of_series, false) as is_either_synthetic
    from composites
    window of_series as (partition by indicator, sektor order by wave)
)

select
    compared.wave,
    compared.indicator,
    compared.sektor,
    composite.framework,
    compared.indicator_nb,
    compared.value,
    compared.std_error,
    compared.value - {{ var('normal_quantile') }} * compared.std_error as ci_lower,
    compared.value + {{ var('normal_quantile') }} * compared.std_error as ci_upper,
    compared.previous_wave,
    compared.previous_value,
    compared.value - compared.previous_value as change,
    compared.change_std_error,
    compared.value - compared.previous_value
    - {{ var('normal_quantile') }} * compared.change_std_error as change_ci_lower,
    compared.value - compared.previous_value
    + {{ var('normal_quantile') }} * compared.change_std_error as change_ci_upper,
    compared.comparable_with_previous,
    compared.n_questions,
    compared.n_respondents,
    compared.is_either_synthetic as is_synthetic
from compared
inner join {{ ref('composite') }} as composite
    on compared.indicator = composite.composite
