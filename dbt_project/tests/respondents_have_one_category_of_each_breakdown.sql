-- Fails with respondents that have no category, or two, in a breakdown of their survey.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_categories'}}}) }}
select
    respondents.survey,
    respondents.wave,
    respondents.respondent_id,
    breakdown.breakdown,
    count(categories.category) as n_categories
from {{ ref('harmonised_respondents') }} as respondents
inner join {{ ref('breakdown') }} as breakdown
    on respondents.survey = breakdown.survey
left join {{ ref('harmonised_categories') }} as categories
    on
        respondents.survey = categories.survey
        and respondents.wave = categories.wave
        and respondents.respondent_id = categories.respondent_id
        and breakdown.breakdown = categories.breakdown
group by respondents.survey, respondents.wave, respondents.respondent_id, breakdown.breakdown
having count(categories.category) <> 1
