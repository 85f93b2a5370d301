-- Composites of questions, by the breakdowns that are published of them, and their change from the wave before.
with composites as (
    select
        composites.wave,
        composites.breakdown,
        composites.category,
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
    where composites.estimate is not null
),

-- Each category against the first of its breakdown.
firsts as (
    select domain_id
    from {{ ref('harmonised_categories') }}
    qualify row_number() over (partition by survey, wave, breakdown order by category_no) = 1
),

differences as (
    select
        statistics.wave,
        statistics.question_id as indicator,
        categories.breakdown,
        categories.category,
        first_categories.category as compared_category,
        changes.difference,
        changes.std_error,
        changes.p_value
    from {{ ref('harmonised_changes') }} as changes
    inner join firsts
        on changes.compared_domain_id = firsts.domain_id
    inner join {{ ref('harmonised_statistics') }} as statistics
        on changes.statistic_id = statistics.statistic_id
    inner join {{ ref('harmonised_categories') }} as categories
        on changes.domain_id = categories.domain_id
    inner join {{ ref('harmonised_categories') }} as first_categories
        on changes.compared_domain_id = first_categories.domain_id
    where changes.comparison = 'category' and statistics.statistic = 'composite'
),

tested as (
    select
        differences.*,
        others.sektor as compared_sektor,
        composites.sektor
    from differences
    inner join composites
        on {{ same('differences', 'composites', ['wave', 'indicator', 'breakdown', 'category']) }}
    inner join composites as others
        on
            {{ same('differences', 'others', ['wave', 'indicator', 'breakdown']) }}
            and differences.compared_category = others.category
            and composites.questions = others.questions
),

compared as (
    select
        *,
        lag(wave) over of_series as previous_wave,
        lag(value) over of_series as previous_value,
        sqrt(std_error * std_error + lag(std_error * std_error) over of_series) as change_std_error,
        questions = lag(questions) over of_series
        and coalesce(broken_since <= lag(wave) over of_series, true) as comparable_with_previous,
        is_synthetic or coalesce(lag(is_synthetic) over of_series, false) as is_either_synthetic
    from composites
    window of_series as (partition by indicator, sektor order by wave)
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
    tested.compared_sektor,
    tested.difference,
    tested.std_error as difference_std_error,
    tested.difference - {{ var('normal_quantile') }} * tested.std_error as difference_ci_lower,
    tested.difference + {{ var('normal_quantile') }} * tested.std_error as difference_ci_upper,
    tested.p_value as difference_p_value
from compared
left join tested
    on {{ same('compared', 'tested', ['wave', 'indicator', 'sektor']) }}
inner join {{ ref('composite') }} as composite
    on compared.indicator = composite.composite
