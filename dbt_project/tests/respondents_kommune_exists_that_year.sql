-- Fails with respondents whose kommune was not one on 1 January of the wave.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_respondents'}}}) }}
select
    respondents.survey,
    respondents.wave,
    respondents.respondent_id,
    respondents.kommunenr
from {{ ref('harmonised_respondents') }} as respondents
left join {{ ref('harmonised_kommune') }} as kommune
    on respondents.wave = kommune.year and respondents.kommunenr = kommune.kommunenr
where respondents.kommunenr is not null and kommune.kommunenr is null
