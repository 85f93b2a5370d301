-- Stage two of the estimates: every mean and share of every domain, and its linearised variable in each stratum.
-- Ratio estimator of a domain, Taylor linearisation: z_i = w_i d_i (y_i - R) / sum(w d). The variance of an
-- estimate, and the covariance of two, are sums over strata of (1 - n/N) n/(n-1) (sum z z' - sum z sum z' / n),
-- n and N of the whole stratum. One row per statistic, domain and stratum that has answers in the domain.

-- y of each cell: 1 or 0 for a share, the value for a mean; only cells in the base.
with based as (
    select
        statistics.statistic_id,
        statistics.statistic,
        cells.domain_id,
        cells.stratum_id,
        cells.code,
        cells.value,
        cells.n,
        cells.sum_weight,
        cells.sum_weight_squared,
        case
            when statistics.statistic = 'mean' then cells.value
            when
                cells.code between statistics.code_from and statistics.code_to
                and (statistics.value_from is null or cells.value between statistics.value_from and statistics.value_to)
                then 1.0
            else 0.0
        end as y
    from {{ ref('harmonised_statistics') }} as statistics
    inner join {{ ref('harmonised_estimate_cells') }} as cells
        on statistics.base_id = cells.base_id
    where
        statistics.statistic <> 'median'
        and (
            cells.answer_kind = 'answer'
            or (
                -- A don't-know has no value: only the base of a share can hold it.
                statistics.statistic = 'share'
                and statistics.is_dont_know_in_base
                and cells.answer_kind in ('vet_ikke', 'ikke_relevant')
            )
        )
),

origins as (
    select
        *,
        min(y) over (partition by statistic_id, domain_id) as origin
    from based
),

domains as (
    select
        statistic_id,
        domain_id,
        {{ ordered_sum('sum_weight', 'stratum_id, code, value') }} as total_weight,
        {{ ordered_mean('y', 'sum_weight', 'origin', 'stratum_id, code, value') }} as estimate
    from origins
    group by statistic_id, domain_id
)

-- Deviations from the estimate are squared before they are added, so that nothing is left of a subtraction.
select
    based.statistic_id,
    based.domain_id,
    based.stratum_id,
    domains.estimate,
    cast(sum(based.n) as bigint) as n_answers,
    cast(sum(case when based.statistic = 'share' then based.n * based.y end) as bigint) as n_selected,
    {{ ordered_sum('based.sum_weight', 'based.code, based.value') }} as sum_weight,
    {{ ordered_sum('based.sum_weight * (based.y - domains.estimate)', 'based.code, based.value') }}
    / domains.total_weight as sum_z,
    {{ ordered_sum('based.sum_weight_squared * pow(based.y - domains.estimate, 2)', 'based.code, based.value') }}
    / pow(domains.total_weight, 2) as sum_z_squared,
    {{ ordered_sum('based.sum_weight * pow(based.y - domains.estimate, 2)', 'based.code, based.value') }}
    / domains.total_weight as sum_spread
from based
inner join domains
    on based.statistic_id = domains.statistic_id and based.domain_id = domains.domain_id
group by based.statistic_id, based.domain_id, based.stratum_id, domains.estimate, domains.total_weight

union all

select
    statistic_id,
    domain_id,
    stratum_id,
    estimate,
    n_answers,
    null as n_selected,
    sum_weight,
    sum_z,
    sum_z_squared,
    null as sum_spread
from {{ ref('harmonised_composites') }}
