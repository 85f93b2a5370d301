-- Countries' places in international rankings; a positive change is a worse place.
with ranked as (
    select
        *,
        count(rank) over (partition by index, year) as n_ranked,
        max(rank) over (partition by index, year) as last_rank
    from {{ ref('harmonised_rankings') }}
)

select
    index,
    country,
    country_name,
    year,
    rank,
    -- Countries are counted where they are all here; a place taken from print does not say of how many.
    case
        when n_countries is not null then n_countries
        when not is_carried and n_ranked >= last_rank then cast(n_ranked as integer)
    end as n_countries,
    score,
    rank - lag(rank) over (partition by index, country order by year) as rank_change,
    is_carried,
    is_synthetic or coalesce(lag(is_synthetic) over (partition by index, country order by year), false) as is_synthetic
from ranked
