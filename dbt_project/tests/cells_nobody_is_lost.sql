-- Fails with questions that count another number of respondents than the design holds of their part of the delivery:
-- in the whole all of them, in a breakdown no more.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_estimate_cells'}}}) }}
with everyone as (
    select
        population.survey,
        population.population,
        coalesce(population.part, '') as part
    from {{ ref('population') }} as population
    left join {{ ref('population_rule') }} as population_rule
        on population.population = population_rule.population
    where population_rule.population is null
),

respondents as (
    select
        everyone.survey,
        everyone.population,
        strata.wave,
        sum(strata.n_stratum) as n_respondents
    from everyone
    inner join {{ ref('harmonised_strata') }} as strata
        on everyone.survey = strata.survey
    where everyone.part in ('', strata.part)
    group by everyone.survey, everyone.population, strata.wave
),

counted as (
    select
        bases.survey,
        bases.population,
        bases.wave,
        bases.question_id,
        categories.breakdown,
        sum(cells.n) as n
    from {{ ref('harmonised_estimate_cells') }} as cells
    inner join {{ ref('harmonised_bases') }} as bases
        on cells.base_id = bases.base_id
    inner join {{ ref('harmonised_categories') }} as categories
        on cells.domain_id = categories.domain_id
    group by bases.survey, bases.population, bases.wave, bases.question_id, categories.breakdown
)

select
    counted.survey,
    counted.wave,
    counted.population,
    counted.question_id,
    counted.breakdown,
    counted.n,
    respondents.n_respondents
from counted
inner join respondents
    on
        counted.survey = respondents.survey
        and counted.population = respondents.population
        and counted.wave = respondents.wave
where counted.n > respondents.n_respondents or (counted.breakdown = 'all' and counted.n < respondents.n_respondents)
