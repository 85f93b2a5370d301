-- Fails with questions that count another number of respondents than the design holds of their part of the delivery:
-- in the whole all of them, in a breakdown no more.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_estimate_cells'}}}) }}
with everyone as (
    select
        population.population,
        population.part,
        population.survey
    from {{ ref('population') }} as population
    left join {{ ref('population_rule') }} as population_rule
        on population.population = population_rule.population
    where population_rule.population is null
),

respondents as (
    select
        survey,
        part,
        wave,
        sum(n_stratum) as n_respondents
    from {{ ref('harmonised_strata') }}
    group by survey, part, wave
),

counted as (
    select
        cells.survey,
        everyone.part,
        cells.wave,
        cells.question_id,
        cells.breakdown,
        sum(cells.n) as n
    from {{ ref('harmonised_estimate_cells') }} as cells
    inner join everyone
        on cells.survey = everyone.survey and cells.population = everyone.population
    group by cells.survey, everyone.part, cells.wave, cells.question_id, cells.breakdown
)

select
    counted.survey,
    counted.wave,
    counted.question_id,
    counted.breakdown,
    counted.n,
    respondents.n_respondents
from counted
inner join respondents
    on
        counted.survey = respondents.survey
        and counted.wave = respondents.wave
        and counted.part is not distinct from respondents.part
where counted.n > respondents.n_respondents or (counted.breakdown = 'all' and counted.n < respondents.n_respondents)
