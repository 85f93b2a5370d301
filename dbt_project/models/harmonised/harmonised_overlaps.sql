-- Which categories of two breakdowns the same respondents are in, where the one says something of the other: both are
-- made of the same column, or a category of one is made up of whole categories of the other. One row per pair of
-- categories, and per category with respondents who are in none of the other breakdown.
with pairs as (
    select distinct {{ counted_columns('pairs') }} from (
        {{ counted('pairs') }}
    )
),

others as (
    select
        domain_id as other_domain_id,
        survey,
        wave,
        breakdown as other_breakdown,
        category_no as other_category_no
    from {{ ref('harmonised_categories') }}
),

-- A category lies whole in one of the other breakdown where it has no second pair.
counted as (
    select
        pairs.survey,
        pairs.wave,
        pairs.breakdown,
        pairs.other_breakdown,
        pairs.is_of_same_column,
        ones.domain_id,
        others.other_domain_id,
        count(*) over (partition by pairs.wave, pairs.other_breakdown, ones.domain_id) as n_others,
        count(*) over (partition by pairs.wave, pairs.breakdown, others.other_domain_id) as n_ones
    from pairs
    left join {{ ref('harmonised_categories') }} as ones
        on {{ same('pairs', 'ones', ['survey', 'wave', 'breakdown', 'category_no']) }}
    left join others
        on {{ same('pairs', 'others', ['survey', 'wave', 'other_breakdown', 'other_category_no']) }}
),

-- A category is made up of others where each of its pairs is with one that lies whole in it.
made_up as (
    select
        *,
        bool_and(other_domain_id is not null and n_ones = 1) over (
            partition by other_breakdown, domain_id
        ) and domain_id is not null as is_of_others,
        bool_and(domain_id is not null and n_others = 1) over (
            partition by breakdown, other_domain_id
        ) and other_domain_id is not null as is_of_ones
    from counted
)

select
    survey,
    wave,
    breakdown,
    other_breakdown,
    domain_id,
    other_domain_id
from made_up
qualify bool_or(is_of_same_column or is_of_others or is_of_ones) over (
    partition by survey, wave, breakdown, other_breakdown
)
