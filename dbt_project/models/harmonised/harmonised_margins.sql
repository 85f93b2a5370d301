-- How respondents who came with a weight are divided: by everyone, by the categories of each breakdown and, where
-- respondents have a kommune, by the places of seeds/regions/place.csv. One row per category, without those in none.
with counted as (
    {{ counted('margins') }}
)

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
