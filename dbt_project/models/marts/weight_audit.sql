-- What the weights of a wave do: how far they spread, and how respondents are divided before and after weighting,
-- beside all inhabitants where the project has their number. Waves whose respondents are delivered with weights.
-- Every kommune of every year in each of the places that it lies in.
with places as (
    {%- for place in seed_place() %}
    select
        year,
        '{{ place.place }}' as place,
        '{{ place.source_column }}' as source_column,
        cast({{ place.source_column }} as integer) as place_no,
        cast({{ place.source_column }} as varchar) as category,
        cast({{ place.name_column or 'null' }} as varchar) as category_nb,
        population,
        population_year
    from {{ ref('harmonised_kommune') }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}
),

-- Inhabitants are known when every kommune is counted.
inhabitants as (
    select
        categories.domain_id,
        case when count(places.population) = count(*) then sum(places.population) end as n,
        max(places.population_year) as population_year
    from {{ ref('harmonised_categories') }} as categories
    inner join {{ ref('breakdown') }} as breakdown
        on {{ same('categories', 'breakdown', ['survey', 'breakdown']) }}
    inner join {{ ref('category') }} as category
        on {{ same('categories', 'category', ['survey', 'breakdown']) }}
    inner join places
        on categories.wave = places.year and breakdown.source_column = places.source_column
    where
        categories.category = category.category
        and places.place_no between category.source_from and coalesce(category.source_to, places.place_no)
    group by categories.domain_id
),

named as (
    select
        categories.survey,
        categories.wave,
        categories.breakdown as margin,
        categories.category_no,
        categories.category,
        categories.category_nb,
        inhabitants.n,
        inhabitants.population_year
    from {{ ref('harmonised_categories') }} as categories
    left join inhabitants
        on categories.domain_id = inhabitants.domain_id

    union all

    -- A place that the survey has no breakdown by.
    select
        waves.survey,
        waves.wave,
        places.place as margin,
        places.place_no as category_no,
        places.category,
        places.category_nb,
        case when count(places.population) = count(*) then sum(places.population) end as n,
        max(places.population_year) as population_year
    from {{ ref('harmonised_waves') }} as waves
    inner join places
        on waves.wave = places.year
    left join {{ ref('breakdown') }} as breakdown
        on waves.survey = breakdown.survey and places.source_column = breakdown.source_column
    where breakdown.survey is null
    group by waves.survey, waves.wave, places.place, places.place_no, places.category, places.category_nb
),

official as (
    select
        survey,
        wave,
        margin,
        category_no,
        category,
        category_nb,
        population_year,
        case when count(n) over of_margin = count(*) over of_margin then n / cast(sum(n) over of_margin as double) end
            as share
    from named
    window of_margin as (partition by survey, wave, margin)
),

hidden as (
    select distinct
        hidden.survey,
        hidden.wave,
        coalesce(categories.breakdown, hidden.place) as margin,
        coalesce(categories.category_no, hidden.category_no) as category_no
    from {{ ref('harmonised_hidden') }} as hidden
    left join {{ ref('harmonised_categories') }} as categories
        on hidden.domain_id = categories.domain_id
    where hidden.what in ('category', 'place')
),

weighed as (
    select
        cells.survey,
        cells.wave,
        cells.margin,
        cells.category_no,
        cells.n,
        cells.n / cast(sum(cells.n) over of_margin as double) as share_unweighted,
        cast(cells.sum_weight_units as double)
        / cast(sum(cells.sum_weight_units) over of_margin as double) as share_weighted,
        cells.smallest_units * pow(2, -cells.weight_bits) as smallest_weight,
        cells.largest_units * pow(2, -cells.weight_bits) as largest_weight,
        hidden.margin is not null as is_suppressed,
        {{ sums_of_weights('cells', 'cells') }}
    from {{ ref('harmonised_margins') }} as cells
    left join hidden
        on {{ same('cells', 'hidden', ['survey', 'wave', 'margin', 'category_no']) }}
    window of_margin as (partition by cells.survey, cells.wave, cells.margin)
)

select
    weighed.survey,
    weighed.wave,
    weighed.margin,
    official.category,
    official.category_nb,
    case when not weighed.is_suppressed then cast(weighed.n as integer) end as n_respondents,
    case when not weighed.is_suppressed then weighed.share_unweighted end as share_unweighted,
    case when not weighed.is_suppressed then weighed.share_weighted end as share_weighted,
    official.share as official_share,
    case when not weighed.is_suppressed then weighed.share_weighted - official.share end as difference,
    case when official.share is not null then official.population_year end as official_year,
    case when weighed.margin = 'all' and not weighed.is_suppressed then weighed.smallest_weight end as smallest_weight,
    case when weighed.margin = 'all' and not weighed.is_suppressed then weighed.largest_weight end as largest_weight,
    case
        when weighed.margin = 'all' and not weighed.is_suppressed then weighed.sum_weight / weighed.n
    end as mean_weight,
    case
        when weighed.margin = 'all' and not weighed.is_suppressed
            then weighed.n * weighed.sum_weight_squared / pow(weighed.sum_weight, 2)
    end as kish_design_effect,
    case when weighed.margin = 'all' then waves.n_without_weight end as n_without_weight,
    waves.is_synthetic,
    weighed.is_suppressed
from weighed
inner join official
    on {{ same('weighed', 'official', ['survey', 'wave']) }}
inner join {{ ref('harmonised_waves') }} as waves
    on {{ same('weighed', 'waves', ['survey', 'wave']) }}
where weighed.margin = official.margin and weighed.category_no = official.category_no
order by weighed.survey, weighed.wave, weighed.margin, weighed.category_no
