-- Fails with strata that have more respondents than units: the finite population correction would turn negative.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_respondents'}}}) }}
select
    survey,
    wave,
    stratum,
    count(*) as n_respondents,
    min(stratum_population) as stratum_population
from {{ ref('harmonised_respondents') }}
group by survey, wave, stratum
having count(*) > min(stratum_population)
