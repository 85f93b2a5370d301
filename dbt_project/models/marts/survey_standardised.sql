-- Every mean and share at a fixed mix of respondents, beside the plain one: what of a change is who answered.
with standards as (
    select
        survey,
        standard,
        max(reference_wave) as reference_wave
    from {{ ref('standard_cell') }}
    group by survey, standard
),

-- A mix of categories tells of one that is hidden, or of its count, where the others are not.
hidden as (
    select distinct statistic_id
    from {{ ref('harmonised_disclosed') }}
    where is_suppressed or n_answers is null
),

estimates as (
    select
        standardised.standard,
        standards.reference_wave,
        statistics.survey,
        statistics.wave,
        statistics.population,
        statistics.question_id,
        statistics.question_nb,
        statistics.statistic,
        statistics.answer,
        statistics.answer_nb,
        statistics.series_id,
        case when statistics.statistic = 'share' then 'share' else scale.scale end as scale,
        standardised.estimate,
        standardised.std_error,
        {{ interval_end('-', 'standardised', 'statistics', 'survey') }} as ci_lower,
        {{ interval_end('+', 'standardised', 'statistics', 'survey') }} as ci_upper,
        plain.estimate as plain_estimate,
        standardised.n_answers,
        hidden.statistic_id is not null as is_suppressed,
        survey.is_census,
        comparability.previous_wave,
        comparability.comparable_with_previous,
        waves.is_synthetic
    from {{ ref('harmonised_standardised') }} as standardised
    inner join {{ ref('harmonised_statistics') }} as statistics
        on standardised.statistic_id = statistics.statistic_id
    inner join standards
        on standardised.standard = standards.standard and statistics.survey = standards.survey
    inner join {{ ref('survey') }} as survey
        on statistics.survey = survey.survey
    inner join {{ ref('harmonised_waves') }} as waves
        on statistics.survey = waves.survey and statistics.wave = waves.wave
    inner join {{ ref('harmonised_disclosed') }} as plain
        on standardised.statistic_id = plain.statistic_id
    left join hidden
        on standardised.statistic_id = hidden.statistic_id
    inner join {{ ref('harmonised_categories') }} as categories
        on plain.domain_id = categories.domain_id and categories.breakdown = 'all'
    left join {{ ref('harmonised_comparability') }} as comparability
        on {{ same('statistics', 'comparability', ['wave', 'question_id', 'statistic']) }}
    left join {{ ref('scale') }} as scale
        on statistics.code_frame = scale.code_frame
),

compared as (
    select
        *,
        lag(estimate) over of_series as previous_estimate,
        lag(plain_estimate) over of_series as previous_plain_estimate,
        lag(std_error) over of_series as previous_std_error,
        -- Only from the wave before, and where the two can be compared and shown.
        coalesce(lag(wave) over of_series <> previous_wave, true) or not comparable_with_previous
        or is_suppressed or lag(is_suppressed) over of_series as is_without_change
    from estimates
    window of_series as (
        partition by standard, series_id
        order by wave
    )
)

select
    survey,
    wave,
    population,
    question_id,
    question_nb,
    statistic,
    nullif(answer, '') as answer,
    answer_nb,
    standard,
    reference_wave,
    scale,
    case when not is_suppressed then estimate end as estimate,
    case when not is_suppressed then std_error end as std_error,
    case when not is_suppressed then ci_lower end as ci_lower,
    case when not is_suppressed then ci_upper end as ci_upper,
    case when not is_suppressed then plain_estimate end as plain_estimate,
    case when not is_suppressed then n_answers end as n_answers,
    previous_wave,
    case when not is_without_change then estimate - previous_estimate end as change,
    -- Everyone asked twice is no pair of independent samples.
    case
        when not is_without_change and not is_census
            then sqrt(std_error * std_error + previous_std_error * previous_std_error)
    end as change_std_error,
    case when not is_without_change then plain_estimate - previous_plain_estimate end as plain_change,
    is_suppressed,
    is_synthetic,
    case when not is_suppressed then n_answers < {{ var('small_base') }} end as is_small_base
from compared
order by survey, wave, population, question_id, statistic, answer, standard
