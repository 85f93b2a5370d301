-- Differences of means and shares, with a test: between two waves of a category, and between two categories of a
-- wave; of composites between categories only. One row per pair of estimates; the later wave, or category in the order
-- they are shown, minus the earlier.
with estimates as (
    select
        estimates.*,
        statistics.series_id,
        statistics.question_id,
        statistics.statistic,
        statistics.wave,
        categories.breakdown,
        categories.category,
        categories.category_no,
        survey.is_census
    from {{ ref('harmonised_disclosed') }} as estimates
    inner join {{ ref('harmonised_statistics') }} as statistics
        on estimates.statistic_id = statistics.statistic_id
    inner join {{ ref('harmonised_categories') }} as categories
        on estimates.domain_id = categories.domain_id
    inner join {{ ref('survey') }} as survey
        on statistics.survey = survey.survey
    where statistics.statistic in ('mean', 'share', 'composite')
),

breaks as (
    select
        question_id,
        statistic,
        wave,
        break_reason_nb
    from {{ ref('harmonised_comparability') }}
    where not comparable_with_previous
),

-- Two categories are answered by different people of one sample: their covariance is that of the centring alone.
linearised as (
    select
        linearised.*,
        categories.breakdown,
        strata.variance_factor * strata.centring_factor as factor
    from {{ ref('harmonised_linearised') }} as linearised
    inner join {{ ref('harmonised_strata') }} as strata
        on linearised.stratum_id = strata.stratum_id
    inner join {{ ref('harmonised_categories') }} as categories
        on linearised.domain_id = categories.domain_id
),

covariances as (
    select
        later.statistic_id,
        later.domain_id,
        earlier.domain_id as compared_domain_id,
        {{ ordered_sum('-later.factor * later.sum_z * earlier.sum_z', 'later.stratum_id') }} as covariance
    from linearised as later
    inner join linearised as earlier
        on later.statistic_id = earlier.statistic_id and later.stratum_id = earlier.stratum_id
    where later.breakdown = earlier.breakdown and later.domain_id <> earlier.domain_id
    group by later.statistic_id, later.domain_id, earlier.domain_id
),

pairs as (
    select
        case when later.wave = earlier.wave then 'category' else 'wave' end as comparison,
        later.statistic_id,
        later.domain_id,
        earlier.statistic_id as compared_statistic_id,
        earlier.domain_id as compared_domain_id,
        later.question_id,
        later.statistic,
        later.wave,
        earlier.wave as compared_wave,
        later.estimate,
        earlier.estimate as compared_estimate,
        later.std_error * later.std_error + earlier.std_error * earlier.std_error as sum_of_variances,
        least(later.std_error, earlier.std_error) = 0 as is_without_variance,
        later.ci_lower <= earlier.ci_upper and earlier.ci_lower <= later.ci_upper as overlaps_compared,
        later.is_census,
        later.is_suppressed or earlier.is_suppressed as is_suppressed,
        later.n_answers is null or earlier.n_answers is null as is_without_counts,
        later.n_answers < {{ var('small_base') }} or earlier.n_answers < {{ var('small_base') }} as is_small_base
    from estimates as later
    inner join estimates as earlier
        on later.series_id = earlier.series_id and later.breakdown = earlier.breakdown
    where
        (later.wave = earlier.wave and later.category_no > earlier.category_no)
        -- What a composite is made of may change: its changes stand beside what tells so.
        or (later.wave > earlier.wave and later.category = earlier.category and later.statistic <> 'composite')
),

differences as (
    select
        pairs.*,
        pairs.estimate - pairs.compared_estimate as difference,
        case
            -- greatest() would make 0 of what is not known.
            when pairs.sum_of_variances is null then null
            when pairs.comparison = 'category'
                then sqrt(greatest(pairs.sum_of_variances - 2 * coalesce(covariances.covariance, 0), 0))
            -- Everyone asked twice is no pair of independent samples: no standard error follows from the two.
            when not pairs.is_census then sqrt(pairs.sum_of_variances)
        end as std_error
    from pairs
    left join covariances
        on {{ same('pairs', 'covariances', ['statistic_id', 'domain_id', 'compared_domain_id']) }}
),

tested as (
    select
        *,
        -- Why there is no test: everyone was asked, or it is not known how one side, or the difference, varies.
        case
            when is_without_counts then null
            when is_census then 'full_count'
            when std_error is null then 'one_answer'
            when std_error = 0 or is_without_variance then 'no_variance'
        end as no_test_reason,
        (
            select max(struct_pack(wave := breaks.wave, reason_nb := breaks.break_reason_nb))
            from breaks
            where
                breaks.question_id = differences.question_id
                and breaks.statistic = differences.statistic
                and breaks.wave > differences.compared_wave
                and breaks.wave <= differences.wave
        ) as last_break
    from differences
)

select
    comparison,
    statistic_id,
    domain_id,
    compared_statistic_id,
    compared_domain_id,
    case when not is_suppressed then estimate end as estimate,
    case when not is_suppressed then compared_estimate end as compared_estimate,
    difference,
    std_error,
    case when no_test_reason is null then {{ two_sided_p('difference / std_error') }} end as p_value,
    no_test_reason,
    overlaps_compared,
    last_break is null as is_comparable,
    last_break['reason_nb'] as break_reason_nb,
    is_suppressed,
    is_small_base
from tested
