-- Stage one of the estimates: the finest sums that every mean, share and median rolls up from.
-- One row per population, question, breakdown category, stratum and answer code.
with estimated as (
    select distinct
        question.question_id,
        estimate.population
    from {{ ref('question') }} as question
    inner join {{ ref('estimate') }} as estimate
        on question.survey = estimate.survey and question.item_group = estimate.item_group
)

select
    answers.survey,
    answers.wave,
    populations.population,
    answers.question_id,
    categories.breakdown,
    categories.category,
    max(categories.category_nb) as category_nb,
    respondents.stratum,
    answers.code,
    answers.answer_kind,
    answers.value,
    count(*) as n,
    sum(respondents.weight) as sum_weight,
    sum(respondents.weight * respondents.weight) as sum_weight_squared
from {{ ref('harmonised_answers') }} as answers
inner join {{ ref('harmonised_respondents') }} as respondents
    on
        answers.survey = respondents.survey
        and answers.wave = respondents.wave
        and answers.respondent_id = respondents.respondent_id
inner join {{ ref('harmonised_populations') }} as populations
    on
        answers.survey = populations.survey
        and answers.wave = populations.wave
        and answers.respondent_id = populations.respondent_id
inner join {{ ref('harmonised_categories') }} as categories
    on
        answers.survey = categories.survey
        and answers.wave = categories.wave
        and answers.respondent_id = categories.respondent_id
inner join estimated
    on answers.question_id = estimated.question_id and populations.population = estimated.population
group by
    answers.survey,
    answers.wave,
    populations.population,
    answers.question_id,
    categories.breakdown,
    categories.category,
    respondents.stratum,
    answers.code,
    answers.answer_kind,
    answers.value
