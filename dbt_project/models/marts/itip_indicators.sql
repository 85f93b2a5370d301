-- Composites of questions, by the breakdowns that are published of them, and their change from the wave before.
with composites as (
    select
        composites.wave,
        statistics.statistic_id,
        composites.composite as indicator,
        composites.composite_nb as indicator_nb,
        coalesce(composite_breakdown.label_prefix, '') || composites.category as sektor,
        composites.estimate as value,
        composites.std_error,
        composites.ci_lower,
        composites.ci_upper,
        composites.n_answers as n_respondents,
        composites.questions,
        composites.n_questions,
        composites.is_synthetic,
        composites.populations,
        composites.is_small_base,
        -- The last declared break in the series of any of them.
        (
            select max(series_break.wave)
            from {{ ref('series_break') }} as series_break
            where
                series_break.wave <= composites.wave
                and list_contains(string_split(composites.questions, ' '), series_break.question_id)
        ) as broken_since
    from {{ ref('survey_composites') }} as composites
    inner join {{ ref('composite_breakdown') }} as composite_breakdown
        on {{ same('composites', 'composite_breakdown', ['survey', 'breakdown']) }}
    left join {{ ref('harmonised_statistics') }} as statistics
        on composites.wave = statistics.wave and composites.composite = statistics.question_id
    where composites.estimate is not null
),

-- The categories, by the name that they have here.
domains as (
    select
        categories.domain_id,
        categories.wave,
        categories.breakdown,
        categories.category_no,
        coalesce(composite_breakdown.label_prefix, '') || categories.category as sektor
    from {{ ref('harmonised_categories') }} as categories
    inner join {{ ref('composite_breakdown') }} as composite_breakdown
        on {{ same('categories', 'composite_breakdown', ['survey', 'breakdown']) }}
),

firsts as (
    select *
    from domains
    qualify row_number() over (partition by wave, breakdown order by category_no) = 1
),

-- Each category against the first of its breakdown.
differences as (
    select
        changes.statistic_id,
        changes.domain_id,
        changes.difference,
        changes.std_error,
        changes.p_value,
        firsts.sektor as compared_sektor
    from {{ ref('harmonised_changes') }} as changes
    inner join firsts
        on changes.compared_domain_id = firsts.domain_id
    where changes.comparison = 'category' and changes.difference is not null
),

placed as (
    select
        composites.*,
        domains.domain_id,
        domains.breakdown,
        domains.category_no
    from composites
    left join domains
        on composites.wave = domains.wave and composites.sektor = domains.sektor
),

compared as (
    select
        *,
        lag(wave) over of_series as previous_wave,
        lag(value) over of_series as previous_value,
        sqrt(std_error * std_error + lag(std_error * std_error) over of_series) as change_std_error,
        questions = lag(questions) over of_series
        and coalesce(broken_since <= lag(wave) over of_series, true) as comparable_with_previous,
        is_synthetic or coalesce(lag(is_synthetic) over of_series, false) as is_either_synthetic,
        first_value(questions) over of_breakdown = questions as is_as_the_first
    from placed
    window
        of_series as (
            partition by indicator, sektor
            order by wave
        ),
        of_breakdown as (
            partition by statistic_id, breakdown
            order by category_no
        )
)

select
    compared.wave,
    compared.indicator,
    compared.sektor,
    composite.framework,
    compared.indicator_nb,
    compared.value,
    compared.std_error,
    compared.ci_lower,
    compared.ci_upper,
    compared.previous_wave,
    compared.previous_value,
    compared.value - compared.previous_value as change,
    compared.change_std_error,
    compared.value - compared.previous_value
    - {{ var('normal_quantile') }} * compared.change_std_error as change_ci_lower,
    compared.value - compared.previous_value
    + {{ var('normal_quantile') }} * compared.change_std_error as change_ci_upper,
    compared.comparable_with_previous,
    compared.n_questions,
    compared.n_respondents,
    compared.is_either_synthetic as is_synthetic,
    compared.populations,
    compared.is_small_base,
    differences.compared_sektor,
    differences.difference,
    differences.std_error as difference_std_error,
    differences.difference - {{ var('normal_quantile') }} * differences.std_error as difference_ci_lower,
    differences.difference + {{ var('normal_quantile') }} * differences.std_error as difference_ci_upper,
    differences.p_value as difference_p_value
from compared
left join differences
    on
        compared.statistic_id = differences.statistic_id
        and compared.domain_id = differences.domain_id
        and compared.is_as_the_first
inner join {{ ref('composite') }} as composite
    on compared.indicator = composite.composite
