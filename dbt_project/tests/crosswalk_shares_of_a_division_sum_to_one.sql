-- The shares of a divided kommune make a whole, in the six decimals in which they are written.
select
    change_date,
    from_kommunenr,
    sum(population_share) as sum_shares
from {{ ref('kommune_split_share') }}
group by change_date, from_kommunenr
having abs(sum(population_share) - 1) > 1e-9
