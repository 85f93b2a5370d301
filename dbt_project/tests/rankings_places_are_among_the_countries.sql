-- Fails with places beyond the number of countries that were ranked.
select
    index,
    country,
    year,
    rank,
    n_countries
from {{ ref('international_rankings') }}
where rank > n_countries
