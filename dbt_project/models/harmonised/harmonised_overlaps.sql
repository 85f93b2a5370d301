-- Which categories of two breakdowns the same respondents are in, where the one says something of the other: both are
-- made of the same column, or a category of one is made up of whole categories of the other. One row per pair of
-- categories, and per category with respondents who are in none of the other breakdown.
with pairs as (
    {%- for survey in surveys_of('respondents') if is_protected(survey) %}
    {%- set breakdowns = breakdowns_of(survey) %}
    {%- for breakdown in breakdowns %}
    {%- for other in breakdowns if breakdown.breakdown < other.breakdown %}
    select distinct
        '{{ survey }}' as survey,
        wave,
        '{{ breakdown.breakdown }}' as breakdown,
        by_{{ breakdown.breakdown }} as category_no,
        '{{ other.breakdown }}' as other_breakdown,
        by_{{ other.breakdown }} as other_category_no,
        {{ 'true' if breakdown.source_column == other.source_column else 'false' }} as is_of_same_column
    from {{ ref('harmonised_respondents_' ~ survey) }}
    where by_{{ breakdown.breakdown }} is not null or by_{{ other.breakdown }} is not null

    union all
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
    select
        null as survey,
        null as wave,
        null as breakdown,
        null as category_no,
        null as other_breakdown,
        null as other_category_no,
        null as is_of_same_column
    where false
),

-- A category lies whole in one of the other breakdown where it has no second pair.
counted as (
    select
        *,
        count(*) over (
            partition by survey, wave, breakdown, other_breakdown, category_no
        ) as n_others,
        count(*) over (
            partition by survey, wave, breakdown, other_breakdown, other_category_no
        ) as n_ones
    from pairs
),

made_up as (
    select
        survey,
        wave,
        breakdown,
        other_breakdown
    from counted
    where category_no is not null
    group by survey, wave, breakdown, other_breakdown, category_no
    having bool_and(other_category_no is not null and n_ones = 1) or bool_or(is_of_same_column)
    union
    select
        survey,
        wave,
        breakdown,
        other_breakdown
    from counted
    where other_category_no is not null
    group by survey, wave, breakdown, other_breakdown, other_category_no
    having bool_and(category_no is not null and n_others = 1)
)

select
    pairs.survey,
    pairs.wave,
    pairs.breakdown,
    pairs.other_breakdown,
    categories.domain_id,
    other_categories.domain_id as other_domain_id
from pairs
inner join made_up
    on {{ same('pairs', 'made_up', ['survey', 'wave', 'breakdown', 'other_breakdown']) }}
left join {{ ref('harmonised_categories') }} as categories
    on {{ same('pairs', 'categories', ['survey', 'wave', 'breakdown', 'category_no']) }}
left join {{ ref('harmonised_categories') }} as other_categories
    on
        {{ same('pairs', 'other_categories', ['survey', 'wave']) }}
        and pairs.other_breakdown = other_categories.breakdown
        and pairs.other_category_no = other_categories.category_no
