-- Stage two of the estimates: every mean and share of every domain, and its linearised variable in each stratum.
-- Ratio estimator of a domain, Taylor linearisation: z_i = w_i d_i (y_i - R) / sum(w d). The variance of an
-- estimate, and the covariance of two, are sums over strata of (1 - n/N) n/(n-1) (sum z z' - sum z sum z' / n),
-- n and N of the whole stratum. One row per statistic, domain and stratum that has answers in the domain.

-- y of each cell: 1 or 0 for a share, the value for a mean; only cells in the base.
with based as (
    select
        statistics.survey,
        statistics.wave,
        statistics.population,
        statistics.question_id,
        statistics.statistic,
        statistics.answer,
        cells.breakdown,
        cells.category,
        cells.stratum,
        cells.code,
        cells.n,
        cells.sum_weight,
        cells.sum_weight_squared,
        case
            when statistics.statistic = 'mean' then cells.value
            when cells.code between statistics.code_from and statistics.code_to then 1.0
            else 0.0
        end as y
    from {{ ref('harmonised_statistics') }} as statistics
    inner join {{ ref('harmonised_estimate_cells') }} as cells
        on
            statistics.survey = cells.survey
            and statistics.wave = cells.wave
            and statistics.population = cells.population
            and statistics.question_id = cells.question_id
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

strata as (
    select
        survey,
        wave,
        population,
        question_id,
        statistic,
        answer,
        breakdown,
        category,
        stratum,
        cast(sum(n) as bigint) as n_answers,
        cast(sum(case when statistic = 'share' then n * y end) as bigint) as n_selected,
        {{ ordered_sum('sum_weight', 'code') }} as w,
        {{ ordered_sum('sum_weight * y', 'code') }} as wy,
        {{ ordered_sum('sum_weight_squared', 'code') }} as w2,
        {{ ordered_sum('sum_weight_squared * y', 'code') }} as w2y,
        {{ ordered_sum('sum_weight_squared * y * y', 'code') }} as w2yy
    from based
    group by survey, wave, population, question_id, statistic, answer, breakdown, category, stratum
),

domains as (
    select
        survey,
        wave,
        population,
        question_id,
        statistic,
        answer,
        breakdown,
        category,
        {{ ordered_sum('w', 'stratum') }} as total_weight,
        {{ ordered_sum('wy', 'stratum') }} / {{ ordered_sum('w', 'stratum') }} as estimate
    from strata
    group by survey, wave, population, question_id, statistic, answer, breakdown, category
)

select
    strata.survey,
    strata.wave,
    strata.population,
    strata.question_id,
    strata.statistic,
    strata.answer,
    strata.breakdown,
    strata.category,
    strata.stratum,
    strata.n_answers,
    strata.n_selected,
    strata.w as sum_weight,
    domains.estimate,
    (strata.wy - domains.estimate * strata.w) / domains.total_weight as sum_z,
    greatest(
        strata.w2yy - 2 * domains.estimate * strata.w2y + domains.estimate * domains.estimate * strata.w2, 0
    ) / (domains.total_weight * domains.total_weight) as sum_z_squared,
    design.n_stratum,
    coalesce(1 - design.n_stratum / design.stratum_population, 1)
    -- A stratum of one row is centred at the mean of all, which is 0 (R's "adjust").
    * case when design.n_stratum > 1 then design.n_stratum / (design.n_stratum - 1.0) else 1 end as variance_factor,
    case when design.n_stratum > 1 then 1.0 / design.n_stratum else 0 end as centring_factor
from strata
inner join domains
    on
        strata.survey = domains.survey
        and strata.wave = domains.wave
        and strata.population = domains.population
        and strata.question_id = domains.question_id
        and strata.statistic = domains.statistic
        and strata.answer is not distinct from domains.answer
        and strata.breakdown = domains.breakdown
        and strata.category = domains.category
inner join {{ ref('harmonised_strata') }} as design
    on
        strata.survey = design.survey
        and strata.wave = design.wave
        and strata.stratum = design.stratum
