-- Stage two of the estimates, of composites: the mean of the means of the items that a domain answers, and its
-- linearised variable in each stratum: z_i = sum over the k items of w_i d_iq (y_iq - R_q) / (k sum(w d_q)).
-- One row per composite, domain and stratum that has answers in the domain.
with origins as (
    select
        *,
        min(value) over (partition by statistic_id, domain_id, question_id) as origin
    from {{ ref('harmonised_composite_answers') }}
),

items as (
    select
        statistic_id,
        domain_id,
        question_id,
        {{ ordered_sum('sum_weight', 'stratum_id, pattern_no') }} as total_weight,
        {{ ordered_mean('value', 'sum_weight', 'origin', 'stratum_id, pattern_no') }} as mean
    from origins
    group by statistic_id, domain_id, question_id
),

composites as (
    select
        statistic_id,
        domain_id,
        count(*) as n_items,
        {{ ordered_sum('mean', 'question_id') }} / count(*) as estimate
    from items
    group by statistic_id, domain_id
),

patterns as (
    select
        answers.statistic_id,
        answers.domain_id,
        answers.stratum_id,
        answers.pattern_no,
        max(answers.n) as n,
        max(answers.sum_weight) as sum_weight,
        max(answers.sum_weight_squared) as sum_weight_squared,
        {{ ordered_sum('(answers.value - items.mean) / items.total_weight', 'answers.question_id') }} as sum_pull
    from {{ ref('harmonised_composite_answers') }} as answers
    inner join items
        on {{ same('answers', 'items', ['statistic_id', 'domain_id', 'question_id']) }}
    group by answers.statistic_id, answers.domain_id, answers.stratum_id, answers.pattern_no
)

select
    patterns.statistic_id,
    patterns.domain_id,
    patterns.stratum_id,
    composites.estimate,
    cast(sum(patterns.n) as bigint) as n_answers,
    {{ ordered_sum('patterns.sum_weight', 'patterns.pattern_no') }} as sum_weight,
    {{ ordered_sum('patterns.sum_weight * patterns.sum_pull', 'patterns.pattern_no') }} / composites.n_items as sum_z,
    {{ ordered_sum('patterns.sum_weight_squared * pow(patterns.sum_pull, 2)', 'patterns.pattern_no') }}
    / pow(composites.n_items, 2) as sum_z_squared
from patterns
inner join composites
    on patterns.statistic_id = composites.statistic_id and patterns.domain_id = composites.domain_id
group by
    patterns.statistic_id, patterns.domain_id, patterns.stratum_id, composites.estimate, composites.n_items
