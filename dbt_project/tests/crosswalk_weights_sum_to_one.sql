-- Nobody is lost or counted twice. The tolerance is that of adding a few shares in double precision.
select
    from_year,
    from_kommunenr,
    to_year,
    sum(population_weight) as sum_weights
from {{ ref('harmonised_kommune_crosswalk') }}
group by from_year, from_kommunenr, to_year
having sum(population_weight) is null or abs(sum(population_weight) - 1) > 1e-9
