-- What a question that is new in a later wave had before, made of the estimates of those it replaced. The same people
-- answered these, and how their answers go together is not in their estimates: no standard error follows from them.
with bridges as (
    select
        *,
        count(*) over (partition by survey, question_id, wave) as n_sources
    from {{ ref('series_bridge') }}
)

select
    bridges.survey,
    bridges.wave,
    estimates.population,
    bridges.question_id,
    question.question_nb,
    estimates.statistic,
    estimates.answer,
    estimates.breakdown,
    estimates.category,
    max(estimates.category_nb) as category_nb,
    max(estimates.scale) as scale,
    {{ ordered_sum('bridges.coefficient * estimates.estimate', 'bridges.source_question_id') }} as estimate,
    string_agg(bridges.source_question_id, ' ; ' order by bridges.source_question_id) as computed_from,
    max(bridges.reason_nb) as reason_nb,
    bool_or(estimates.is_synthetic) as is_synthetic,
    min(estimates.n_answers) < {{ var('small_base') }} as is_small_base
from bridges
inner join {{ ref('survey_estimates') }} as estimates
    on bridges.wave = estimates.wave and bridges.source_question_id = estimates.question_id
inner join {{ ref('question') }} as question
    on bridges.question_id = question.question_id
where estimates.statistic in ('mean', 'share')
group by
    bridges.survey, bridges.wave, estimates.population, bridges.question_id, question.question_nb, estimates.statistic,
    estimates.answer, estimates.breakdown, estimates.category
-- Not without one that is missing or not shown.
having count(estimates.estimate) = max(bridges.n_sources)
