-- Stage three of the estimates: every mean, share, median and composite of every domain, with its standard error,
-- interval and counts. One row per statistic and domain.
with domains as (
    select
        base_id,
        domain_id,
        cast(sum(n) as integer) as n_respondents,
        cast(sum(case when answer_kind in ('vet_ikke', 'ikke_relevant') then n else 0 end) as integer) as n_dont_know,
        cast(sum(case when answer_kind in ('ubesvart', 'ikke_spurt') then n else 0 end) as integer) as n_no_answer
    from {{ ref('harmonised_estimate_cells') }}
    group by base_id, domain_id
),

means as (
    select
        linearised.statistic_id,
        linearised.domain_id,
        max(linearised.estimate) as estimate,
        cast(sum(linearised.n_answers) as integer) as n_answers,
        cast(sum(linearised.n_selected) as integer) as n_selected,
        {{ ordered_sum('linearised.sum_weight', 'linearised.stratum_id') }} as sum_weights,
        {{ standard_error('linearised', 'variance_factor') }} as std_error,
        {{ standard_error('linearised', 'uncorrected_factor') }} as std_error_superpopulation,
        -- The variance of the answers, over their number: of a simple random sample with replacement (R's "replace").
        {{ ordered_sum('linearised.sum_spread', 'linearised.stratum_id') }}
        / nullif(sum(linearised.n_answers) - 1, 0) as simple_variance
    from {{ ref('harmonised_linearised') }} as linearised
    inner join {{ ref('harmonised_strata') }} as strata
        on linearised.stratum_id = strata.stratum_id
    group by linearised.statistic_id, linearised.domain_id
),

weights_of_values as (
    select
        statistics.statistic_id,
        cells.domain_id,
        cells.value,
        sum(cells.n) as n,
        {{ ordered_sum('cells.sum_weight', 'cells.stratum_id, cells.code') }} as sum_weight
    from {{ ref('harmonised_statistics') }} as statistics
    inner join {{ ref('harmonised_estimate_cells') }} as cells
        on statistics.base_id = cells.base_id
    where statistics.statistic = 'median' and cells.answer_kind = 'answer'
    group by statistics.statistic_id, cells.domain_id, cells.value
),

-- The value at which half of the weight is reached; the mean of two values where one half ends exactly.
running as (
    select
        *,
        sum(sum_weight) over (
            partition by statistic_id, domain_id
            order by value
            rows between unbounded preceding and current row
        ) as weight_to
    from weights_of_values
),

halves as (
    select
        *,
        max(weight_to) over (partition by statistic_id, domain_id) as total_weight
    from running
),

medians as (
    select
        statistic_id,
        domain_id,
        (
            min(case when 2 * weight_to >= total_weight then value end)
            + min(case when 2 * weight_to > total_weight then value end)
        ) / 2 as estimate,
        cast(sum(n) as integer) as n_answers,
        cast(null as integer) as n_selected,
        max(total_weight) as sum_weights,
        cast(null as double) as std_error,
        cast(null as double) as std_error_superpopulation,
        cast(null as double) as simple_variance
    from halves
    group by statistic_id, domain_id
),

estimates as (
    select * from means
    union all
    select * from medians
)

select
    estimates.statistic_id,
    estimates.domain_id,
    estimates.estimate,
    estimates.n_answers,
    estimates.n_selected,
    estimates.sum_weights,
    estimates.std_error,
    {{ interval_end('-', 'estimates', 'statistics', 'survey') }} as ci_lower,
    {{ interval_end('+', 'estimates', 'statistics', 'survey') }} as ci_upper,
    case when survey.is_census then estimates.std_error_superpopulation end as std_error_superpopulation,
    -- Of a full count it would say how many answered.
    case
        when not survey.is_census
            then estimates.std_error * estimates.std_error / nullif(estimates.simple_variance, 0)
    end as design_effect,
    -- Of a composite, those who answer any of its items are all who are known.
    coalesce(domains.n_respondents, estimates.n_answers) as n_respondents,
    domains.n_dont_know,
    domains.n_no_answer
from estimates
inner join {{ ref('harmonised_statistics') }} as statistics
    on estimates.statistic_id = statistics.statistic_id
inner join {{ ref('survey') }} as survey
    on statistics.survey = survey.survey
left join domains
    on statistics.base_id = domains.base_id and estimates.domain_id = domains.domain_id
