-- Each question through its waves, for the whole and each category, with the change since the wave before.
with changes as (
    select *
    from marts.survey_changes
    where comparison = 'wave'
    qualify compared_wave = max(compared_wave) over (
        partition by survey, population, question_id, statistic, answer, breakdown, category, wave
    )
)

select
    estimates.survey,
    estimates.population,
    estimates.population_nb,
    estimates.population_en,
    estimates.question_no,
    estimates.question_id,
    estimates.question_nb,
    estimates.question_en,
    estimates.statistic,
    estimates.answer_no,
    estimates.answer,
    estimates.answer_nb,
    estimates.answer_en,
    estimates.breakdown_no,
    estimates.breakdown,
    estimates.category_no,
    estimates.category,
    estimates.category_nb,
    estimates.category_en,
    estimates.wave,
    estimates.scale,
    estimates.estimate,
    estimates.ci_lower,
    estimates.ci_upper,
    estimates.n_answers,
    estimates.uncertainty_flag,
    changes.compared_wave as previous_wave,
    changes.difference as change,
    changes.p_value as change_p_value,
    changes.is_comparable as is_comparable_with_previous,
    estimates.is_suppressed,
    estimates.is_synthetic
from marts.survey_estimates as estimates
left join changes
    on
        estimates.survey = changes.survey
        and estimates.population = changes.population
        and estimates.question_id = changes.question_id
        and estimates.statistic = changes.statistic
        and estimates.answer is not distinct from changes.answer
        and estimates.breakdown = changes.breakdown
        and estimates.category = changes.category
        and estimates.wave = changes.wave
