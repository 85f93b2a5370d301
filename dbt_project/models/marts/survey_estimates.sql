-- Every mean, share and median with its uncertainty, in the words and signs of its publication.
with estimates as (
    select
        estimates.*,
        uncertainty_star.wide_half_width,
        statistics.series_id,
        statistics.survey,
        statistics.wave,
        statistics.population,
        statistics.question_id,
        statistics.question_nb,
        statistics.statistic,
        statistics.answer,
        statistics.answer_nb,
        statistics.figure,
        categories.breakdown,
        categories.category,
        categories.category_nb,
        scale.scale,
        comparability.previous_wave,
        comparability.comparable_with_previous,
        comparability.break_reason_nb
    from {{ ref('harmonised_disclosed') }} as estimates
    inner join {{ ref('harmonised_statistics') }} as statistics
        on estimates.statistic_id = statistics.statistic_id
    inner join {{ ref('harmonised_categories') }} as categories
        on estimates.domain_id = categories.domain_id
    left join {{ ref('harmonised_comparability') }} as comparability
        on {{ same('statistics', 'comparability', ['wave', 'question_id', 'statistic']) }}
    left join {{ ref('scale') }} as scale
        on statistics.code_frame = scale.code_frame
    left join {{ ref('uncertainty_star') }} as uncertainty_star
        on statistics.survey = uncertainty_star.survey and statistics.statistic = uncertainty_star.statistic
    where statistics.statistic <> 'composite'
),

-- Sorted by their lower ends, an interval overlaps another when it begins before the furthest end so far, or when the
-- next begins before its own end.
starred as (
    select
        statistic_id,
        domain_id,
        coalesce(
            max(ci_upper) over (of_question rows between unbounded preceding and 1 preceding) >= ci_lower
            or lead(ci_lower) over of_question <= ci_upper, false
        ) as overlaps_category,
        coalesce(
            comparable_with_previous
            and lag(wave) over of_category = previous_wave
            and lag(ci_lower) over of_category <= ci_upper
            and lag(ci_upper) over of_category >= ci_lower, false
        ) as overlaps_previous_wave,
        -- A figure shows the whole.
        coalesce(
            breakdown = 'all' and figure is not null
            and (
                max(ci_upper) over (of_figure rows between unbounded preceding and 1 preceding) >= ci_lower
                or lead(ci_lower) over of_figure <= ci_upper
            ), false
        ) as overlaps_question
    from estimates
    where wide_half_width is not null and ci_lower is not null
    window
        of_question as (
            partition by statistic_id, breakdown
            order by ci_lower, category
        ),
        of_category as (
            partition by series_id, breakdown, category
            order by wave
        ),
        of_figure as (
            partition by survey, wave, population, figure, statistic, answer, breakdown
            order by ci_lower, question_id
        )
)

select
    estimates.survey,
    estimates.wave,
    estimates.population,
    population.population_nb,
    estimates.question_id,
    estimates.question_nb,
    estimates.statistic,
    nullif(estimates.answer, '') as answer,
    estimates.answer_nb,
    estimates.breakdown,
    breakdown.breakdown_nb,
    estimates.category,
    estimates.category_nb,
    case when estimates.statistic = 'share' then 'share' else estimates.scale end as scale,
    estimates.estimate,
    estimates.std_error,
    estimates.ci_lower,
    estimates.ci_upper,
    estimates.n_selected,
    estimates.n_answers,
    estimates.n_respondents,
    estimates.n_dont_know,
    estimates.n_no_answer,
    estimates.sum_weights,
    interpretation.interpretation_nb,
    case
        when estimates.ci_upper - estimates.ci_lower > 2 * estimates.wide_half_width then '***'
        when starred.overlaps_previous_wave or starred.overlaps_question then '**'
        when starred.overlaps_category then '*'
    end as uncertainty_flag,
    estimates.comparable_with_previous,
    estimates.is_suppressed,
    estimates.suppression_reason,
    waves.is_synthetic,
    starred.overlaps_category,
    starred.overlaps_previous_wave,
    starred.overlaps_question,
    estimates.ci_upper - estimates.ci_lower > 2 * estimates.wide_half_width as has_wide_interval,
    estimates.figure,
    estimates.n_answers < {{ var('small_base') }} as is_small_base,
    estimates.design_effect,
    estimates.n_answers / nullif(estimates.design_effect, 0) as effective_n,
    case
        when estimates.std_error is null then null
        when survey.population_size = 'respondents' then 'none'
        when survey.is_census then 'non_response'
        when survey.population_size = 'delivered' then 'sampling'
        else 'as_if_sampled'
    end as std_error_kind,
    estimates.std_error_superpopulation,
    estimates.break_reason_nb
from estimates
inner join {{ ref('survey') }} as survey
    on estimates.survey = survey.survey
inner join {{ ref('population') }} as population
    on estimates.population = population.population and estimates.survey = population.survey
inner join {{ ref('breakdown') }} as breakdown
    on estimates.survey = breakdown.survey and estimates.breakdown = breakdown.breakdown
inner join {{ ref('harmonised_waves') }} as waves
    on estimates.survey = waves.survey and estimates.wave = waves.wave
left join {{ ref('interpretation') }} as interpretation
    on
        {{ same('estimates', 'interpretation', ['survey', 'statistic', 'scale']) }}
        and cast(round(estimates.estimate, 1) as decimal(9, 1))
        between interpretation.rounded_from and interpretation.rounded_to
left join starred
    on estimates.statistic_id = starred.statistic_id and estimates.domain_id = starred.domain_id
order by
    estimates.survey,
    estimates.wave,
    estimates.population,
    estimates.question_id,
    estimates.statistic,
    estimates.answer,
    estimates.breakdown,
    estimates.category
