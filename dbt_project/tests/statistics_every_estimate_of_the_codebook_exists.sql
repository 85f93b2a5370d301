-- Fails with questions of a wave for which a row of estimate.csv leads to nothing: the group of answers that it names
-- does not exist in the codes of that wave; and with rows that no question has.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_statistics'}}}) }}
select
    estimate.survey,
    estimate.item_group,
    estimate.population,
    estimate.statistic,
    estimate.answer,
    questions.wave,
    questions.question_id
from {{ ref('estimate') }} as estimate
left join {{ ref('harmonised_questions') }} as questions
    on estimate.survey = questions.survey and estimate.item_group = questions.item_group
left join {{ ref('harmonised_statistics') }} as statistics
    on
        questions.wave = statistics.wave
        and questions.question_id = statistics.question_id
        and estimate.population = statistics.population
        and estimate.statistic = statistics.statistic
        and (estimate.answer = 'each' or coalesce(estimate.answer, '') = statistics.answer)
where statistics.question_id is null
