-- Every mean, share and median, with its standard error: stage two, rolled up from harmonised_estimate_cells.
-- Ratio estimator of a domain, Taylor linearisation: with z_i = w_i d_i (y_i - R) / sum(w d),
-- var(R) = sum over strata of (1 - n/N) n/(n-1) (sum z^2 - (sum z)^2 / n), n and N of the whole stratum.
with design as (
    select
        survey,
        wave,
        stratum,
        count(*) as n_stratum,
        max(stratum_population) as stratum_population
    from {{ ref('harmonised_respondents') }}
    group by survey, wave, stratum
),

domains as (
    select
        survey,
        wave,
        population,
        question_id,
        breakdown,
        category,
        max(category_nb) as category_nb,
        sum(n) as n_respondents,
        sum(case when answer_kind in ('vet_ikke', 'ikke_relevant') then n else 0 end) as n_dont_know,
        sum(case when answer_kind in ('ubesvart', 'ikke_spurt') then n else 0 end) as n_no_answer
    from {{ ref('harmonised_estimate_cells') }}
    group by survey, wave, population, question_id, breakdown, category
),

-- y of each cell: 1 or 0 for a share, the value for a mean or median; only cells in the base.
based as (
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
        cells.n,
        cells.sum_weight,
        cells.sum_weight_squared,
        case
            when statistics.statistic <> 'share' then cells.value
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
        cells.answer_kind = 'answer'
        or (
            -- A don't-know has no value: only the base of a share can hold it.
            statistics.statistic = 'share'
            and statistics.is_dont_know_in_base
            and cells.answer_kind in ('vet_ikke', 'ikke_relevant')
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
        sum(n) as n,
        sum(case when statistic = 'share' then n * y end) as n_selected,
        sum(sum_weight) as w,
        sum(sum_weight * y) as wy,
        sum(sum_weight_squared) as w2,
        sum(sum_weight_squared * y) as w2y,
        sum(sum_weight_squared * y * y) as w2yy
    from based
    group by survey, wave, population, question_id, statistic, answer, breakdown, category, stratum
),

ratios as (
    select
        *,
        sum(w) over whole as total_weight,
        sum(wy) over whole / sum(w) over whole as ratio
    from strata
    window
        whole as (
            partition by survey, wave, population, question_id, statistic, answer, breakdown, category
        )
),

linearised as (
    select
        ratios.*,
        design.n_stratum,
        coalesce(1 - design.n_stratum / design.stratum_population, 1) as sampling_factor,
        (ratios.w2yy - 2 * ratios.ratio * ratios.w2y + ratios.ratio * ratios.ratio * ratios.w2)
        / (ratios.total_weight * ratios.total_weight) as sum_z_squared,
        (ratios.wy - ratios.ratio * ratios.w) / ratios.total_weight as sum_z
    from ratios
    inner join design
        on ratios.survey = design.survey and ratios.wave = design.wave and ratios.stratum = design.stratum
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
        max(ratio) as estimate,
        cast(sum(n) as integer) as n_answers,
        cast(sum(n_selected) as integer) as n_selected,
        sum(w) as sum_weights,
        case
            when sum(n) > 1
                then sqrt(greatest(sum(
                    sampling_factor
                    * case when n_stratum > 1 then n_stratum / (n_stratum - 1.0) else 1.0 end
                    * (sum_z_squared - case when n_stratum > 1 then sum_z * sum_z / n_stratum else 0 end)
                ), 0))
        end as std_error
    from linearised
    where statistic <> 'median'
    group by survey, wave, population, question_id, statistic, answer, breakdown, category
),

-- The value at which half of the weight is reached; the mean of two values where one half ends exactly.
running as (
    select
        *,
        sum(sum_weight) over whole as total_weight,
        sum(sum_weight) over (
            partition by survey, wave, population, question_id, breakdown, category
            order by y
            range between unbounded preceding and current row
        ) as weight_to
    from based
    where statistic = 'median'
    window
        whole as (partition by survey, wave, population, question_id, breakdown, category)
),

medians as (
    select
        survey,
        wave,
        population,
        question_id,
        statistic,
        answer,
        breakdown,
        category,
        (
            min(case when 2 * weight_to >= total_weight then y end)
            + min(case when 2 * weight_to > total_weight then y end)
        ) / 2 as estimate,
        cast(sum(n) as integer) as n_answers,
        cast(null as integer) as n_selected,
        sum(sum_weight) as sum_weights,
        cast(null as double) as std_error
    from running
    group by survey, wave, population, question_id, statistic, answer, breakdown, category
),

estimates as (
    select * from means
    union all
    select
        survey,
        wave,
        population,
        question_id,
        statistic,
        answer,
        breakdown,
        category,
        estimate,
        n_answers,
        n_selected,
        sum_weights,
        std_error
    from medians
)

select
    estimates.survey,
    estimates.wave,
    estimates.population,
    population.population_nb,
    estimates.question_id,
    statistics.question_nb,
    estimates.statistic,
    estimates.answer,
    statistics.answer_nb,
    estimates.breakdown,
    breakdown.breakdown_nb,
    estimates.category,
    domains.category_nb,
    case when estimates.statistic = 'share' then 'share' else scale.scale end as scale,
    case when estimates.n_answers >= survey.min_answers then estimates.estimate end as estimate,
    case when estimates.n_answers >= survey.min_answers then estimates.std_error end as std_error,
    case
        when estimates.n_answers >= survey.min_answers
            then estimates.estimate - {{ var('normal_quantile') }} * estimates.std_error
    end as ci_lower,
    case
        when estimates.n_answers >= survey.min_answers
            then estimates.estimate + {{ var('normal_quantile') }} * estimates.std_error
    end as ci_upper,
    case when estimates.n_answers >= survey.min_answers then estimates.n_selected end as n_selected,
    estimates.n_answers,
    cast(domains.n_respondents as integer) as n_respondents,
    cast(domains.n_dont_know as integer) as n_dont_know,
    cast(domains.n_no_answer as integer) as n_no_answer,
    estimates.sum_weights,
    cast(null as varchar(200)) as interpretation_nb,
    cast(null as varchar(200)) as uncertainty_flag,
    comparability.comparable_with_previous,
    estimates.n_answers < survey.min_answers as is_suppressed,
    case
        when estimates.n_answers < survey.min_answers then 'primary: fewer answers than the survey may show'
    end as suppression_reason,
    waves.is_synthetic
from estimates
inner join domains
    on
        estimates.survey = domains.survey
        and estimates.wave = domains.wave
        and estimates.population = domains.population
        and estimates.question_id = domains.question_id
        and estimates.breakdown = domains.breakdown
        and estimates.category = domains.category
inner join {{ ref('harmonised_statistics') }} as statistics
    on
        estimates.survey = statistics.survey
        and estimates.wave = statistics.wave
        and estimates.population = statistics.population
        and estimates.question_id = statistics.question_id
        and estimates.statistic = statistics.statistic
        and estimates.answer is not distinct from statistics.answer
inner join {{ ref('population') }} as population
    on estimates.population = population.population
inner join {{ ref('breakdown') }} as breakdown
    on estimates.survey = breakdown.survey and estimates.breakdown = breakdown.breakdown
inner join {{ ref('survey') }} as survey
    on estimates.survey = survey.survey
inner join {{ ref('harmonised_waves') }} as waves
    on estimates.survey = waves.survey and estimates.wave = waves.wave
left join {{ ref('scale') }} as scale
    on statistics.code_frame = scale.code_frame
left join {{ ref('harmonised_comparability') }} as comparability
    on
        estimates.survey = comparability.survey
        and estimates.wave = comparability.wave
        and estimates.question_id = comparability.question_id
order by
    estimates.survey,
    estimates.wave,
    estimates.population,
    estimates.question_id,
    estimates.statistic,
    estimates.answer,
    estimates.breakdown,
    estimates.category
