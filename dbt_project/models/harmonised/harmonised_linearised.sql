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
            when
                cells.code between statistics.code_from and statistics.code_to
                and (statistics.value_from is null or cells.value between statistics.value_from and statistics.value_to)
                then 1.0
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

origins as (
    select
        *,
        min(y) over (
            partition by survey, wave, population, question_id, statistic, answer, breakdown, category
        ) as origin
    from based
),

-- Added as deviations from the lowest y: where all answer alike, the estimate is exactly that answer.
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
        {{ ordered_sum('sum_weight', 'stratum, code') }} as total_weight,
        max(origin)
        + {{ ordered_sum('sum_weight * (y - origin)', 'stratum, code') }}
        / {{ ordered_sum('sum_weight', 'stratum, code') }} as estimate
    from origins
    group by survey, wave, population, question_id, statistic, answer, breakdown, category
),

-- Deviations from the estimate are squared before they are added, so that nothing is left of a subtraction.
strata as (
    select
        based.survey,
        based.wave,
        based.population,
        based.question_id,
        based.statistic,
        based.answer,
        based.breakdown,
        based.category,
        based.stratum,
        domains.estimate,
        cast(sum(based.n) as bigint) as n_answers,
        cast(sum(case when based.statistic = 'share' then based.n * based.y end) as bigint) as n_selected,
        {{ ordered_sum('based.sum_weight', 'based.code') }} as sum_weight,
        {{ ordered_sum('based.sum_weight * (based.y - domains.estimate)', 'based.code') }}
        / domains.total_weight as sum_z,
        {{ ordered_sum('based.sum_weight_squared * pow(based.y - domains.estimate, 2)', 'based.code') }}
        / pow(domains.total_weight, 2) as sum_z_squared
    from based
    inner join domains
        on
            based.survey = domains.survey
            and based.wave = domains.wave
            and based.population = domains.population
            and based.question_id = domains.question_id
            and based.statistic = domains.statistic
            and based.answer is not distinct from domains.answer
            and based.breakdown = domains.breakdown
            and based.category = domains.category
    group by
        based.survey, based.wave, based.population, based.question_id, based.statistic, based.answer,
        based.breakdown, based.category, based.stratum, domains.estimate, domains.total_weight
)

select
    strata.*,
    coalesce(1 - design.n_stratum / design.stratum_population, 1)
    -- A stratum of one row is centred at the mean of all, which is 0 (R's "adjust").
    * case when design.n_stratum > 1 then design.n_stratum / (design.n_stratum - 1.0) else 1 end as variance_factor,
    case when design.n_stratum > 1 then 1.0 / design.n_stratum else 0 end as centring_factor
from strata
inner join {{ ref('harmonised_strata') }} as design
    on
        strata.survey = design.survey
        and strata.wave = design.wave
        and strata.stratum = design.stratum
