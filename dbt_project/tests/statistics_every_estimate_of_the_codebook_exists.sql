-- Fails with rows of estimate.csv that name a group of questions, or of answers, that does not exist.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_statistics'}}}) }}
with questions as (
    select
        statistics.survey,
        statistics.population,
        statistics.statistic,
        statistics.answer,
        question.item_group
    from {{ ref('harmonised_statistics') }} as statistics
    inner join {{ ref('question') }} as question
        on statistics.question_id = question.question_id
)

select
    estimate.survey,
    estimate.item_group,
    estimate.population,
    estimate.statistic,
    estimate.answer
from {{ ref('estimate') }} as estimate
left join questions
    on
        estimate.survey = questions.survey
        and estimate.item_group = questions.item_group
        and estimate.population = questions.population
        and estimate.statistic = questions.statistic
        and (estimate.answer = 'each' or estimate.answer is not distinct from questions.answer)
where questions.item_group is null
