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

between_waves as (
    select
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
        -- Everyone asked twice is no pair of independent samples: no standard error follows from the two.
        case
            when not later.is_census
                then sqrt(later.std_error * later.std_error + earlier.std_error * earlier.std_error)
        end as std_error,
        not exists (
            select breaks.wave
            from breaks
            where
                breaks.survey = later.survey
                and breaks.question_id = later.question_id
                and breaks.statistic = later.statistic
                and breaks.wave > earlier.wave
                and breaks.wave <= later.wave
        ) as is_comparable,
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
            and later.category = earlier.category
            and later.wave > earlier.wave
),

between_categories as (
    select
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
        sqrt(greatest(
            later.std_error * later.std_error + earlier.std_error * earlier.std_error
            - 2 * coalesce(covariances.covariance, 0), 0
        )) as std_error,
        true as is_comparable,
        later.is_suppressed or earlier.is_suppressed as is_suppressed
    from estimates as later
    inner join estimates as earlier
        on
            later.survey = earlier.survey
            and later.wave = earlier.wave
            and later.population = earlier.population
            and later.question_id = earlier.question_id
            and later.statistic = earlier.statistic
            and later.answer is not distinct from earlier.answer
            and later.breakdown = earlier.breakdown
            and later.category_no > earlier.category_no
    left join covariances
        on
            later.survey = covariances.survey
            and later.wave = covariances.wave
            and later.population = covariances.population
            and later.question_id = covariances.question_id
            and later.statistic = covariances.statistic
            and later.answer is not distinct from covariances.answer
            and later.breakdown = covariances.breakdown
            and later.category = covariances.category
            and earlier.category = covariances.compared_category
),

changes as (
    select
        'wave' as comparison,
        *
    from between_waves
    union all
    select
        'category' as comparison,
        *
    from between_categories
)

select * from changes
