-- Countries' places in international rankings; a positive change is a worse place.
select
    index,
    country,
    country_name,
    year,
    rank,
    coalesce(n_countries, cast(nullif(count(rank) over (partition by index, year), 0) as integer)) as n_countries,
    score,
    rank - lag(rank) over (partition by index, country order by year) as rank_change,
    is_carried,
    is_synthetic or coalesce(lag(is_synthetic) over (partition by index, country order by year), false) as is_synthetic
from {{ ref('harmonised_rankings') }}
