-- The mean of several questions together (seeds/indicators/composite.csv), of every category, with its uncertainty.
with parts as (
    select
        strata.stratum_id,
        population.population
    from {{ ref('harmonised_strata') }} as strata
    inner join {{ ref('population') }} as population
        on
            strata.survey = population.survey
            and coalesce(strata.part, '') = coalesce(population.part, '')
    -- The whole of a part, not those that an answer picks out.
    where population.population not in (select rule.population from {{ ref('population_rule') }} as rule)
),

items as (
    select
        answers.statistic_id,
        answers.domain_id,
        string_agg(distinct answers.question_id, ' ' order by answers.question_id) as questions,
        cast(count(distinct answers.question_id) as integer) as n_questions,
        max(scale.scale) as scale,
        string_agg(distinct parts.population, ' ' order by parts.population) as populations
    from {{ ref('harmonised_composite_answers') }} as answers
    inner join {{ ref('harmonised_statistics') }} as statistics
        on answers.statistic_id = statistics.statistic_id
    inner join parts
        on answers.stratum_id = parts.stratum_id
    inner join {{ ref('harmonised_questions') }} as questions
        on statistics.wave = questions.wave and answers.question_id = questions.question_id
    left join {{ ref('scale') }} as scale
        on questions.code_frame = scale.code_frame
    group by answers.statistic_id, answers.domain_id
)

select
    statistics.survey,
    statistics.wave,
    statistics.question_id as composite,
    statistics.question_nb as composite_nb,
    categories.breakdown,
    categories.category,
    categories.category_nb,
    items.scale,
    estimates.estimate,
    estimates.std_error,
    estimates.ci_lower,
    estimates.ci_upper,
    estimates.n_answers,
    items.questions,
    items.n_questions,
    interpretation.interpretation_nb,
    estimates.n_answers < {{ var('small_base') }} as is_small_base,
    estimates.is_suppressed,
    waves.is_synthetic,
    items.populations
from {{ ref('harmonised_disclosed') }} as estimates
inner join {{ ref('harmonised_statistics') }} as statistics
    on estimates.statistic_id = statistics.statistic_id
inner join items
    on estimates.statistic_id = items.statistic_id and estimates.domain_id = items.domain_id
inner join {{ ref('harmonised_categories') }} as categories
    on estimates.domain_id = categories.domain_id
inner join {{ ref('harmonised_waves') }} as waves
    on statistics.survey = waves.survey and statistics.wave = waves.wave
left join {{ ref('interpretation') }} as interpretation
    on
        statistics.survey = interpretation.survey and interpretation.statistic = 'mean'
        and items.scale = interpretation.scale
        and cast(round(estimates.estimate, 1) as decimal(9, 1))
        between interpretation.rounded_from and interpretation.rounded_to
order by statistics.survey, statistics.wave, composite, categories.breakdown, categories.category
