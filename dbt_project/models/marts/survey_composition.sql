-- Who answered: respondents of every population by every breakdown, and the response rate where it is known.
with respondents as (
    select
        estimates.survey,
        estimates.wave,
        estimates.population,
        estimates.breakdown,
        estimates.category,
        max(estimates.category_nb) as category_nb,
        max(estimates.n_respondents) as n_respondents
    from {{ ref('harmonised_estimates') }} as estimates
    left join {{ ref('population_rule') }} as population_rule
        on estimates.population = population_rule.population
    -- Of those whom an answer picks out, not all are known.
    where population_rule.population is null
    group by estimates.survey, estimates.wave, estimates.population, estimates.breakdown, estimates.category
)

select
    respondents.survey,
    respondents.wave,
    respondents.population,
    population.population_nb,
    respondents.breakdown,
    respondents.category,
    respondents.category_nb,
    respondents.n_respondents,
    respondents.n_respondents / cast(
        sum(respondents.n_respondents) over (
            partition by respondents.survey, respondents.wave, respondents.population, respondents.breakdown
        ) as double
    ) as share,
    gross_sample.n_invited,
    respondents.n_respondents / cast(gross_sample.n_invited as double) as response_rate,
    waves.is_synthetic
from respondents
inner join {{ ref('population') }} as population
    on respondents.survey = population.survey and respondents.population = population.population
inner join {{ ref('harmonised_waves') }} as waves
    on respondents.survey = waves.survey and respondents.wave = waves.wave
left join {{ ref('gross_sample') }} as gross_sample
    on
        respondents.survey = gross_sample.survey
        and respondents.wave = gross_sample.wave
        and respondents.population = gross_sample.population
        and respondents.breakdown = gross_sample.breakdown
        and respondents.category = gross_sample.category
