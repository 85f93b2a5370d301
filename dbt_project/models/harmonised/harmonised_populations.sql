-- Who is in the base: one row per population and respondent that belongs to it.
-- A population without rules holds everyone; otherwise one matching rule is enough.
select
    population.population,
    respondents.survey,
    respondents.wave,
    respondents.respondent_id
from {{ ref('population') }} as population
inner join {{ ref('harmonised_respondents') }} as respondents
    on population.survey = respondents.survey
left join {{ ref('population_rule') }} as population_rule
    on population.population = population_rule.population
left join {{ ref('harmonised_answers') }} as answers
    on
        respondents.survey = answers.survey
        and respondents.wave = answers.wave
        and respondents.respondent_id = answers.respondent_id
        and population_rule.question_id = answers.question_id
        and answers.code between population_rule.code_from and population_rule.code_to
where population_rule.population is null or answers.respondent_id is not null
group by population.population, respondents.survey, respondents.wave, respondents.respondent_id
