-- Who answered: respondents of every population by every breakdown, how many of them did not state what decides their
-- category, and the response rate where it is known.
with populations as (
    select
        population.survey,
        coalesce(population.part, '') as part,
        population.population,
        population.population_nb
    from {{ ref('population') }} as population
    left join {{ ref('population_rule') }} as population_rule
        on population.population = population_rule.population
    -- Of those whom an answer picks out, not all are known.
    where population_rule.population is null
),

hidden as (
    select
        population,
        domain_id
    from {{ ref('harmonised_hidden') }}
    where what = 'category'
),

with_category as (
    select
        bases.survey,
        bases.wave,
        bases.population,
        categories.breakdown,
        categories.category,
        max(categories.category_nb) as category_nb,
        max(estimates.n_respondents) as n_respondents,
        bool_or(hidden.domain_id is not null) as is_suppressed
    from {{ ref('harmonised_estimates') }} as estimates
    inner join {{ ref('harmonised_statistics') }} as statistics
        on estimates.statistic_id = statistics.statistic_id
    inner join {{ ref('harmonised_bases') }} as bases
        on statistics.base_id = bases.base_id
    inner join {{ ref('harmonised_categories') }} as categories
        on estimates.domain_id = categories.domain_id
    left join hidden
        on bases.population = hidden.population and estimates.domain_id = hidden.domain_id
    group by bases.survey, bases.wave, bases.population, categories.breakdown, categories.category
),

respondents as (
    select
        *,
        n_respondents / cast(
            sum(n_respondents) over (partition by survey, wave, population, breakdown) as double
        ) as share
    from with_category

    union all

    select
        unstated.survey,
        unstated.wave,
        populations.population,
        unstated.breakdown,
        'uoppgitt' as category,
        'Uoppgitt' as category_nb,
        cast(sum(unstated.n_respondents) as integer) as n_respondents,
        false as is_suppressed,
        null as share
    from {{ ref('harmonised_unstated') }} as unstated
    inner join populations
        on unstated.survey = populations.survey
    where populations.part in ('', unstated.part)
    group by unstated.survey, unstated.wave, populations.population, unstated.breakdown
)

select
    respondents.survey,
    respondents.wave,
    respondents.population,
    populations.population_nb,
    respondents.breakdown,
    respondents.category,
    respondents.category_nb,
    case when not respondents.is_suppressed then respondents.n_respondents end as n_respondents,
    case when not respondents.is_suppressed then respondents.share end as share,
    gross_sample.n_invited,
    case
        when not respondents.is_suppressed then respondents.n_respondents / cast(gross_sample.n_invited as double)
    end as response_rate,
    waves.is_synthetic,
    respondents.is_suppressed
from respondents
inner join populations
    on respondents.survey = populations.survey and respondents.population = populations.population
inner join {{ ref('harmonised_waves') }} as waves
    on respondents.survey = waves.survey and respondents.wave = waves.wave
left join {{ ref('gross_sample') }} as gross_sample
    on {{ same('respondents', 'gross_sample', ['survey', 'wave', 'population', 'breakdown', 'category']) }}
