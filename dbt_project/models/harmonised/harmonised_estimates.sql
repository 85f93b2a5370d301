-- Stage three of the estimates: every mean, share and median of every domain, with its standard error and counts.
with domains as (
    select
        survey,
        wave,
        population,
        question_id,
        breakdown,
        category,
        max(category_nb) as category_nb,
        cast(sum(n) as integer) as n_respondents,
        cast(sum(case when answer_kind in ('vet_ikke', 'ikke_relevant') then n else 0 end) as integer) as n_dont_know,
        cast(sum(case when answer_kind in ('ubesvart', 'ikke_spurt') then n else 0 end) as integer) as n_no_answer
    from {{ ref('harmonised_estimate_cells') }}
    group by survey, wave, population, question_id, breakdown, category
),

means as (
    select
        survey,
        wave,
        population,
        question_id,
        statistic,
        answer,
        breakdown,
        category,
        max(estimate) as estimate,
        cast(sum(n_answers) as integer) as n_answers,
        cast(sum(n_selected) as integer) as n_selected,
        {{ ordered_sum('sum_weight', 'stratum') }} as sum_weights,
        case
            when sum(n_answers) > 1
                then sqrt(greatest(
                    {{ ordered_sum(
                        'variance_factor * (sum_z_squared - centring_factor * sum_z * sum_z)', 'stratum'
                    ) }}, 0
                ))
        end as std_error
    from {{ ref('harmonised_linearised') }}
    group by survey, wave, population, question_id, statistic, answer, breakdown, category
),

weights_of_values as (
    select
        statistics.survey,
        statistics.wave,
        statistics.population,
        statistics.question_id,
        cells.breakdown,
        cells.category,
        cells.value,
        sum(cells.n) as n,
        {{ ordered_sum('cells.sum_weight', 'cells.stratum, cells.code') }} as sum_weight
    from {{ ref('harmonised_statistics') }} as statistics
    inner join {{ ref('harmonised_estimate_cells') }} as cells
        on
            statistics.survey = cells.survey
            and statistics.wave = cells.wave
            and statistics.population = cells.population
            and statistics.question_id = cells.question_id
    where statistics.statistic = 'median' and cells.answer_kind = 'answer'
    group by
        statistics.survey, statistics.wave, statistics.population, statistics.question_id,
        cells.breakdown, cells.category, cells.value
),

-- The value at which half of the weight is reached; the mean of two values where one half ends exactly.
running as (
    select
        *,
        sum(sum_weight) over (
            partition by survey, wave, population, question_id, breakdown, category
            order by value
            rows between unbounded preceding and current row
        ) as weight_to
    from weights_of_values
),

halves as (
    select
        *,
        max(weight_to) over (
            partition by survey, wave, population, question_id, breakdown, category
        ) as total_weight
    from running
),

medians as (
    select
        survey,
        wave,
        population,
        question_id,
        'median' as statistic,
        cast(null as varchar(200)) as answer,
        breakdown,
        category,
        (
            min(case when 2 * weight_to >= total_weight then value end)
            + min(case when 2 * weight_to > total_weight then value end)
        ) / 2 as estimate,
        cast(sum(n) as integer) as n_answers,
        cast(null as integer) as n_selected,
        max(total_weight) as sum_weights,
        cast(null as double) as std_error
    from halves
    group by survey, wave, population, question_id, breakdown, category
),

estimates as (
    select * from means
    union all
    select * from medians
)

select
    estimates.*,
    domains.category_nb,
    domains.n_respondents,
    domains.n_dont_know,
    domains.n_no_answer,
    estimates.n_answers < survey.min_answers as is_suppressed
from estimates
inner join domains
    on
        estimates.survey = domains.survey
        and estimates.wave = domains.wave
        and estimates.population = domains.population
        and estimates.question_id = domains.question_id
        and estimates.breakdown = domains.breakdown
        and estimates.category = domains.category
inner join {{ ref('survey') }} as survey
    on estimates.survey = survey.survey
