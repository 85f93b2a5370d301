-- The sampling design of every wave, one row per stratum: how many of how many are in it.
-- Only respondents with a weight above 0 are in the design.
with kommune_count as (
    select
        year,
        count(*) as n_kommuner
    from {{ ref('harmonised_kommune') }}
    group by year
),

respondents as (
    select
        'dfo_innbygger' as survey,
        cast(null as varchar(40)) as part,
        wave,
        stratum,
        stratum_population,
        weight
    from {{ ref('stg_dfo_innbygger__respondents') }}
    where weight > 0

    union all

    -- The kommune survey asks every kommune: weight 1, one stratum, its size all kommuner of the division.
    select
        'ssb_kommune' as survey,
        null as part,
        respondents.wave,
        'alle' as stratum,
        cast(kommune_count.n_kommuner as double) as stratum_population,
        cast(1 as double) as weight
    from {{ ref('stg_ssb_kommune__respondents') }} as respondents
    inner join kommune_count
        on respondents.wave = kommune_count.year

    union all

    -- All state agencies answer: nobody is left to be estimated.
    select
        'ssb_stat' as survey,
        null as part,
        wave,
        'alle' as stratum,
        cast(count(*) over (partition by wave) as double) as stratum_population,
        cast(1 as double) as weight
    from {{ ref('stg_ssb_stat__respondents') }}

    union all

    -- How many agencies and citizens there are to draw from is not in the extract.
    select
        'itip' as survey,
        'virksomhet' as part,
        wave,
        sektor_nb as stratum,
        cast(null as double) as stratum_population,
        cast(1 as double) as weight
    from {{ ref('stg_itip__virksomheter') }}

    union all

    select
        'itip' as survey,
        'innbygger' as part,
        wave,
        'innbygger' as stratum,
        cast(null as double) as stratum_population,
        cast(1 as double) as weight
    from {{ ref('stg_itip__innbyggere') }}
),

strata as (
    select
        survey,
        part,
        wave,
        stratum,
        count(*) as n_stratum,
        max(stratum_population) as stratum_population,
        max(weight) as largest_weight
    from respondents
    group by survey, part, wave, stratum
)

select
    survey,
    part,
    wave,
    stratum,
    cast(row_number() over (partition by survey order by wave, stratum) as smallint) as design_no,
    n_stratum,
    stratum_population,
    -- Binary places that leave room for the sum of the wave in 62 bits.
    62 - cast(ceil(log2(sum(n_stratum) over of_wave * max(largest_weight) over of_wave)) as integer) as weight_bits,
    -- Where the square of a weight is cut in two, so that the sum of either part has room in 63 bits.
    62 - cast(ceil(log2(sum(n_stratum) over of_wave)) as integer) as square_bits
from strata
window of_wave as (partition by survey, wave)
