-- Countries' places in international rankings; a positive change is a worse place.
with ranked as (
    select
        *,
        count(rank) over of_year as n_ranked,
        max(rank) over of_year as last_rank,
        string_agg(case when rank is not null then country end, ' ' order by country) over of_year as countries
    from {{ ref('harmonised_rankings') }}
    window of_year as (partition by index, year)
),

-- Countries are counted where they are all here; a place taken from print does not say of how many.
counted as (
    select
        * replace (
            case
                when n_countries is not null then n_countries
                when not is_carried and n_ranked >= last_rank then cast(n_ranked as integer)
            end as n_countries
        ),
        -- Which ones is known only where they are all here.
        case when not is_carried and n_ranked >= last_rank then countries end as ranked_countries
    from ranked
),

compared as (
    select
        *,
        lag(year) over of_country as year_before,
        lag(rank) over of_country as rank_before,
        lag(n_countries) over of_country as n_countries_before,
        lag(ranked_countries) over of_country as countries_before,
        coalesce(lag(is_synthetic) over of_country, false) as was_synthetic
    from counted
    window of_country as (partition by index, country order by year)
)

select
    index,
    country,
    country_name,
    year,
    edition,
    test_year,
    rank,
    is_rank_computed,
    n_countries,
    score,
    rank - rank_before as rank_change,
    case when rank is not null and rank_before is not null then year_before end as previous_year,
    case
        when rank is null or rank_before is null then null
        when n_countries <> n_countries_before then false
        else ranked_countries = countries_before
    end as is_same_countries,
    is_carried,
    is_synthetic or was_synthetic as is_synthetic
from compared
