-- One row per index, country and year of the small extracts of places, and per edition that states it.
select
    wave as edition,
    lower(trim("index")) as index,
    trim(country) as country,
    cast(trim("year") as integer) as year,
    cast(nullif(trim("rank"), '') as integer) as rank,
    cast(nullif(trim(n_countries), '') as integer) as n_countries,
    cast(nullif(trim(score), '') as double) as score
from {{ source('raw', 'printed_rank') }}
