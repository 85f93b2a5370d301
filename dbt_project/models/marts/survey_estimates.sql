-- Every mean, share and median with its uncertainty, in the words and signs of its publication.
with estimates as (
    select
        estimates.*,
        case when not estimates.is_suppressed then estimates.estimate end as shown,
        estimates.estimate - {{ var('normal_quantile') }} * estimates.std_error as ci_lower,
        estimates.estimate + {{ var('normal_quantile') }} * estimates.std_error as ci_upper,
        uncertainty_star.wide_half_width,
        statistics.question_nb,
        statistics.answer_nb,
        statistics.code_frame,
        statistics.figure,
        comparability.previous_wave,
        comparability.comparable_with_previous
    from {{ ref('harmonised_estimates') }} as estimates
    inner join {{ ref('harmonised_statistics') }} as statistics
        on
            estimates.survey = statistics.survey
            and estimates.wave = statistics.wave
            and estimates.population = statistics.population
            and estimates.question_id = statistics.question_id
            and estimates.statistic = statistics.statistic
            and estimates.answer is not distinct from statistics.answer
    left join {{ ref('harmonised_comparability') }} as comparability
        on
            estimates.survey = comparability.survey
            and estimates.wave = comparability.wave
            and estimates.question_id = comparability.question_id
            and estimates.statistic = comparability.statistic
    left join {{ ref('uncertainty_star') }} as uncertainty_star
        on estimates.survey = uncertainty_star.survey and estimates.statistic = uncertainty_star.statistic
),

starred as (
    select *
    from estimates
    where wide_half_width is not null and not is_suppressed
),

overlapping as (
    select
        one.survey,
        one.wave,
        one.population,
        one.question_id,
        one.statistic,
        one.answer,
        one.breakdown,
        one.category,
        max(case when one.category <> other.category then 1 else 0 end) = 1 as overlaps_category,
        max(case when other.wave = one.previous_wave then 1 else 0 end) = 1 as overlaps_previous_wave,
        max(case when one.question_id <> other.question_id then 1 else 0 end) = 1 as overlaps_question
    from starred as one
    inner join starred as other
        on
            one.survey = other.survey
            and one.population = other.population
            and one.statistic = other.statistic
            and one.answer is not distinct from other.answer
            and one.breakdown = other.breakdown
            and one.ci_lower <= other.ci_upper
            and one.ci_upper >= other.ci_lower
            and (
                -- another category of the same question
                (one.wave = other.wave and one.question_id = other.question_id)
                -- the same category the time before, where the two can be compared
                or (
                    one.comparable_with_previous
                    and one.previous_wave = other.wave
                    and one.question_id = other.question_id
                    and one.category = other.category
                )
                -- another question of the same figure, which shows the whole
                or (
                    one.wave = other.wave
                    and one.figure = other.figure
                    and one.breakdown = 'all'
                )
            )
    group by
        one.survey, one.wave, one.population, one.question_id, one.statistic, one.answer, one.breakdown, one.category
)

select
    estimates.survey,
    estimates.wave,
    estimates.population,
    population.population_nb,
    estimates.question_id,
    estimates.question_nb,
    estimates.statistic,
    estimates.answer,
    estimates.answer_nb,
    estimates.breakdown,
    breakdown.breakdown_nb,
    estimates.category,
    estimates.category_nb,
    case when estimates.statistic = 'share' then 'share' else scale.scale end as scale,
    estimates.shown as estimate,
    case when not estimates.is_suppressed then estimates.std_error end as std_error,
    case when not estimates.is_suppressed then estimates.ci_lower end as ci_lower,
    case when not estimates.is_suppressed then estimates.ci_upper end as ci_upper,
    case when not estimates.is_suppressed then estimates.n_selected end as n_selected,
    estimates.n_answers,
    estimates.n_respondents,
    estimates.n_dont_know,
    estimates.n_no_answer,
    case when not estimates.is_suppressed then estimates.sum_weights end as sum_weights,
    interpretation.interpretation_nb,
    case
        when estimates.is_suppressed then null
        when estimates.ci_upper - estimates.ci_lower > 2 * estimates.wide_half_width then '***'
        when overlapping.overlaps_previous_wave or overlapping.overlaps_question then '**'
        when overlapping.overlaps_category then '*'
    end as uncertainty_flag,
    estimates.comparable_with_previous,
    estimates.is_suppressed,
    case
        when estimates.is_suppressed then 'primary: fewer answers than the survey may show'
    end as suppression_reason,
    waves.is_synthetic,
    overlapping.overlaps_category,
    overlapping.overlaps_previous_wave,
    overlapping.overlaps_question,
    case
        when not estimates.is_suppressed
            then estimates.ci_upper - estimates.ci_lower > 2 * estimates.wide_half_width
    end as has_wide_interval
from estimates
inner join {{ ref('population') }} as population
    on estimates.population = population.population
inner join {{ ref('breakdown') }} as breakdown
    on estimates.survey = breakdown.survey and estimates.breakdown = breakdown.breakdown
inner join {{ ref('harmonised_waves') }} as waves
    on estimates.survey = waves.survey and estimates.wave = waves.wave
left join {{ ref('scale') }} as scale
    on estimates.code_frame = scale.code_frame
left join {{ ref('interpretation') }} as interpretation
    on
        estimates.survey = interpretation.survey
        and estimates.statistic = interpretation.statistic
        and scale.scale = interpretation.scale
        and cast(round(estimates.shown, 1) as decimal(9, 1))
        between interpretation.rounded_from and interpretation.rounded_to
left join overlapping
    on
        estimates.survey = overlapping.survey
        and estimates.wave = overlapping.wave
        and estimates.population = overlapping.population
        and estimates.question_id = overlapping.question_id
        and estimates.statistic = overlapping.statistic
        and estimates.answer is not distinct from overlapping.answer
        and estimates.breakdown = overlapping.breakdown
        and estimates.category = overlapping.category
order by
    estimates.survey,
    estimates.wave,
    estimates.population,
    estimates.question_id,
    estimates.statistic,
    estimates.answer,
    estimates.breakdown,
    estimates.category
