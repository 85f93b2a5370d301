-- Differences of means and shares, with a test: between two waves of a category, and between two categories of a
-- wave. One row per pair; the later wave, or category in the order they are shown, minus the earlier.
with estimates as (
    select
        estimates.*,
        categories.category_no,
        survey.is_census
    from {{ ref('harmonised_estimates') }} as estimates
    inner join {{ ref('harmonised_categories') }} as categories
        on
            estimates.survey = categories.survey
            and estimates.wave = categories.wave
            and estimates.breakdown = categories.breakdown
            and estimates.category = categories.category
    inner join {{ ref('survey') }} as survey
        on estimates.survey = survey.survey
    where estimates.statistic <> 'median'
),

breaks as (
    select
        survey,
        question_id,
        statistic,
        wave
    from {{ ref('harmonised_comparability') }}
    where not comparable_with_previous
),

-- Two categories are answered by different people of one sample: their covariance is that of the centring alone.
covariances as (
    select
        later.survey,
        later.wave,
        later.population,
        later.question_id,
        later.statistic,
        later.answer,
        later.breakdown,
        later.category,
        earlier.category as compared_category,
        {{ ordered_sum(
            '-later.variance_factor * later.centring_factor * later.sum_z * earlier.sum_z', 'later.stratum'
        ) }} as covariance
    from {{ ref('harmonised_linearised') }} as later
    inner join {{ ref('harmonised_linearised') }} as earlier
        on
            later.survey = earlier.survey
            and later.wave = earlier.wave
            and later.population = earlier.population
            and later.question_id = earlier.question_id
            and later.statistic = earlier.statistic
            and later.answer is not distinct from earlier.answer
            and later.breakdown = earlier.breakdown
            and later.stratum = earlier.stratum
            and later.category <> earlier.category
    group by
        later.survey, later.wave, later.population, later.question_id, later.statistic, later.answer,
        later.breakdown, later.category, earlier.category
),

pairs as (
    select
        case when later.wave = earlier.wave then 'category' else 'wave' end as comparison,
        later.survey,
        later.population,
        later.question_id,
        later.statistic,
        later.answer,
        later.breakdown,
        later.wave,
        later.category,
        later.category_nb,
        earlier.wave as compared_wave,
        earlier.category as compared_category,
        earlier.category_nb as compared_category_nb,
        later.estimate,
        earlier.estimate as compared_estimate,
        later.std_error * later.std_error + earlier.std_error * earlier.std_error as sum_of_variances,
        later.is_census,
        later.is_suppressed or earlier.is_suppressed as is_suppressed
    from estimates as later
    inner join estimates as earlier
        on
            later.survey = earlier.survey
            and later.population = earlier.population
            and later.question_id = earlier.question_id
            and later.statistic = earlier.statistic
            and later.answer is not distinct from earlier.answer
            and later.breakdown = earlier.breakdown
            and (
                (later.wave = earlier.wave and later.category_no > earlier.category_no)
                or (later.wave > earlier.wave and later.category = earlier.category)
            )
)

select
    pairs.comparison,
    pairs.survey,
    pairs.population,
    pairs.question_id,
    pairs.statistic,
    pairs.answer,
    pairs.breakdown,
    pairs.wave,
    pairs.category,
    pairs.category_nb,
    pairs.compared_wave,
    pairs.compared_category,
    pairs.compared_category_nb,
    pairs.estimate,
    pairs.compared_estimate,
    case
        when pairs.comparison = 'category'
            then sqrt(greatest(pairs.sum_of_variances - 2 * coalesce(covariances.covariance, 0), 0))
        -- Everyone asked twice is no pair of independent samples: no standard error follows from the two.
        when not pairs.is_census then sqrt(pairs.sum_of_variances)
    end as std_error,
    not exists (
        select breaks.wave
        from breaks
        where
            breaks.survey = pairs.survey
            and breaks.question_id = pairs.question_id
            and breaks.statistic = pairs.statistic
            and breaks.wave > pairs.compared_wave
            and breaks.wave <= pairs.wave
    ) as is_comparable,
    pairs.is_suppressed
from pairs
left join covariances
    on
        pairs.comparison = 'category'
        and pairs.survey = covariances.survey
        and pairs.wave = covariances.wave
        and pairs.population = covariances.population
        and pairs.question_id = covariances.question_id
        and pairs.statistic = covariances.statistic
        and pairs.answer is not distinct from covariances.answer
        and pairs.breakdown = covariances.breakdown
        and pairs.category = covariances.category
        and pairs.compared_category = covariances.compared_category
