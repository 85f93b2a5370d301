-- The sampling design of every wave, one row per stratum: how many of how many are in it.
-- Only respondents with a weight above 0 are in the design. A survey that asks every kommune has one stratum, its size all
-- kommuner of the division.
with kommune_count as (
    select
        year,
        cast(count(*) as double) as n_kommuner
    from {{ ref('harmonised_kommune') }}
    group by year
),

strata as (
    select
        design.survey,
        design.wave,
        design.part,
        design.stratum,
        design.n as n_stratum,
        case survey.population_size
            when 'kommuner' then kommune_count.n_kommuner
            -- All have answered: nobody is left to be estimated.
            when 'respondents' then cast(design.n as double)
            when 'delivered' then design.largest_size
        end as stratum_population,
        design.largest_weight,
        survey.largest_weight as expected_weight
    from {{ ref('harmonised_counted_design') }} as design
    inner join {{ ref('survey') }} as survey
        on design.survey = survey.survey
    left join kommune_count
        on design.wave = kommune_count.year
    where design.n > 0
)

select
    survey,
    wave,
    part,
    stratum,
    cast(row_number() over (order by survey, wave, stratum, part) as integer) as stratum_id,
    n_stratum,
    stratum_population,
    -- Binary places that leave room for the sum of the wave in 62 bits. Where the largest weight is said beforehand, they
    -- are those that leave room for it alone: they, and all sums, stay the same whatever else is delivered.
    coalesce(
        {{ var('weight_room') }} - cast(ceil(log2(expected_weight)) as integer),
        62 - cast(ceil(log2(sum(n_stratum) over of_wave * max(largest_weight) over of_wave)) as integer)
    ) as weight_bits,
    -- Where the square of a weight is cut in two, so that the sum of either part has room in 63 bits.
    case
        when expected_weight is not null then {{ var('weight_room') }}
        else 62 - cast(ceil(log2(sum(n_stratum) over of_wave)) as integer)
    end as square_bits,
    -- Of a variance: (1 - n/N) n/(n-1). A stratum of one row is centred at the mean of all, which is 0 (R's "adjust").
    coalesce(1 - n_stratum / stratum_population, 1)
    * case when n_stratum > 1 then n_stratum / (n_stratum - 1.0) else 1 end as variance_factor,
    -- The same of a draw from a population without end.
    case when n_stratum > 1 then n_stratum / (n_stratum - 1.0) else 1 end as uncorrected_factor,
    case when n_stratum > 1 then 1.0 / n_stratum else 0 end as centring_factor
from strata
window of_wave as (partition by survey, wave)
