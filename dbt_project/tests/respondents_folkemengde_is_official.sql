-- Warns with respondents more than 1 % off: later revisions are smaller, another kommune or year is not.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'harmonised_respondents_ssb_kommune'}}}) }}
select
    respondents.wave,
    respondents.kommunenr,
    respondents.folkemengde,
    kommune.population as official_population
from {{ ref('harmonised_respondents_ssb_kommune') }} as respondents
inner join {{ ref('harmonised_kommune') }} as kommune
    on respondents.wave = kommune.year and respondents.kommunenr = kommune.kommunenr
where
    kommune.population_year = kommune.year
    and abs(respondents.folkemengde - kommune.population) > 0.01 * kommune.population
