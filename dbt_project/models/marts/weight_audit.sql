-- What the weights of a wave do: how far they spread, and how respondents are divided before and after weighting,
-- beside all inhabitants where the project has their number. Waves whose respondents are delivered with weights.
with counted as (
    {%- for survey in surveys_of('respondents') %}
    {%- for part in parts_of(survey) if has_background(survey, part, 'weight') %}
    {%- for margin in margins_of(survey, part) %}
    {{ margin_cells(survey, part, margin) }}

    union all
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
    select
        null as stratum_id,
        null as margin,
        null as category_no,
        null as n,
        null as sum_weight_units,
        null as sum_square_upper,
        null as sum_square_lower,
        null as smallest_units,
        null as largest_units
    where false
),

cells as (
    select
        strata.survey,
        strata.wave,
        counted.margin,
        counted.category_no,
        strata.weight_bits,
        strata.square_bits,
        sum(counted.n) as n,
        sum(counted.sum_weight_units) as sum_weight_units,
        sum(counted.sum_square_upper) as sum_square_upper,
        sum(counted.sum_square_lower) as sum_square_lower,
        min(counted.smallest_units) as smallest_units,
        max(counted.largest_units) as largest_units
    from counted
    inner join {{ ref('harmonised_strata') }} as strata
        on counted.stratum_id = strata.stratum_id
    where counted.category_no is not null
    group by
        strata.survey, strata.wave, counted.margin, counted.category_no, strata.weight_bits, strata.square_bits
),

-- Of every kommune and year, each place it lies in, by the column that breakdowns are made of.
places as (
    select
        year,
        'fylkesnr' as source_column,
        cast(fylkesnr as integer) as place,
        fylkesnr as category,
        fylkesnavn as category_nb,
        population,
        population_year
    from {{ ref('harmonised_kommune') }}

    union all

    select
        year,
        'sentralitet' as source_column,
        sentralitet as place,
        null as category,
        null as category_nb,
        population,
        population_year
    from {{ ref('harmonised_kommune') }}
),

inhabitants as (
    select
        breakdown.survey,
        places.year as wave,
        breakdown.breakdown as margin,
        category.category,
        -- Known when every kommune is counted.
        case when count(places.population) = count(*) then sum(places.population) end as n,
        max(places.population_year) as population_year
    from {{ ref('breakdown') }} as breakdown
    inner join {{ ref('category') }} as category
        on breakdown.survey = category.survey and breakdown.breakdown = category.breakdown
    inner join places
        on
            breakdown.source_column = places.source_column
            and places.place between category.source_from and coalesce(category.source_to, places.place)
    group by breakdown.survey, places.year, breakdown.breakdown, category.category

    union all

    select
        survey.survey,
        places.year as wave,
        'fylke' as margin,
        places.category,
        case when count(places.population) = count(*) then sum(places.population) end as n,
        max(places.population_year) as population_year
    from {{ ref('survey') }} as survey
    cross join places
    where places.source_column = 'fylkesnr'
    group by survey.survey, places.year, places.category
),

-- The names of all categories; fylke is a margin also where it is no breakdown.
named as (
    select
        survey,
        wave,
        breakdown as margin,
        category_no,
        category,
        category_nb
    from {{ ref('harmonised_categories') }}

    union

    select
        waves.survey,
        waves.wave,
        'fylke' as margin,
        places.place as category_no,
        places.category,
        places.category_nb
    from {{ ref('harmonised_waves') }} as waves
    inner join places
        on waves.wave = places.year
    where places.source_column = 'fylkesnr'
),

official as (
    select
        survey,
        wave,
        margin,
        category,
        population_year,
        case when count(n) over of_margin = count(*) over of_margin then n / cast(sum(n) over of_margin as double) end
            as share
    from inhabitants
    window of_margin as (partition by survey, wave, margin)
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
        {{ sums_of_weights('cells', 'cells') }}
    from cells
    window of_margin as (partition by cells.survey, cells.wave, cells.margin)
)

select
    weighed.survey,
    weighed.wave,
    weighed.margin,
    named.category,
    named.category_nb,
    cast(weighed.n as integer) as n_respondents,
    weighed.share_unweighted,
    weighed.share_weighted,
    official.share as official_share,
    weighed.share_weighted - official.share as difference,
    case when official.share is not null then official.population_year end as official_year,
    case when weighed.margin = 'all' then weighed.smallest_weight end as smallest_weight,
    case when weighed.margin = 'all' then weighed.largest_weight end as largest_weight,
    case when weighed.margin = 'all' then weighed.sum_weight / weighed.n end as mean_weight,
    case
        when weighed.margin = 'all' then weighed.n * weighed.sum_weight_squared / pow(weighed.sum_weight, 2)
    end as kish_design_effect,
    case when weighed.margin = 'all' then waves.n_without_weight end as n_without_weight,
    waves.is_synthetic
from weighed
inner join named
    on {{ same('weighed', 'named', ['survey', 'wave', 'margin', 'category_no']) }}
inner join {{ ref('harmonised_waves') }} as waves
    on {{ same('weighed', 'waves', ['survey', 'wave']) }}
left join official
    on {{ same('weighed', 'official', ['survey', 'wave', 'margin']) }} and named.category = official.category
order by weighed.survey, weighed.wave, weighed.margin, weighed.category_no
