-- Everyone who lived in an origin goes somewhere when the kommune it was merged into is divided.
select
    change_date,
    from_kommunenr,
    origin_kommunenr,
    sum(population_share) as sum_shares
from {{ ref('kommune_split_origin') }}
group by change_date, from_kommunenr, origin_kommunenr
having abs(sum(population_share) - 1) > 1e-9
