-- Fails with questions that count another number of respondents than the design holds: in the whole all of them,
-- in a breakdown no more.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_estimate_cells'}}}) }}
with everyone as (
    select
        population.population,
        population.survey
    from {{ ref('population') }} as population
    left join {{ ref('population_rule') }} as population_rule
        on population.population = population_rule.population
    where population_rule.population is null
),

counted as (
    select
        cells.survey,
        cells.wave,
        cells.question_id,
        cells.breakdown,
        sum(cells.n) as n
    from {{ ref('harmonised_estimate_cells') }} as cells
    inner join everyone
        on cells.survey = everyone.survey and cells.population = everyone.population
    group by cells.survey, cells.wave, cells.question_id, cells.breakdown
)

select
    counted.survey,
    counted.wave,
    counted.question_id,
    counted.breakdown,
    counted.n,
    waves.n_respondents
from counted
inner join {{ ref('harmonised_waves') }} as waves
    on counted.survey = waves.survey and counted.wave = waves.wave
where counted.n > waves.n_respondents or (counted.breakdown = 'all' and counted.n < waves.n_respondents)
