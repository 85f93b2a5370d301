-- The sampling design of every wave, one row per stratum: how many of how many are in it.
-- Only respondents with a weight above 0 are in the design.
with respondents as (
    {%- for survey in surveys_of('respondents') %}
    {%- for part in parts_of(survey) %}
    select
        '{{ survey }}' as survey,
        {{ design_columns(survey, part) }},
        wave,
        {{ 'stratum_population' if has_background(survey, part, 'stratum_population') else 'cast(null as double)' }}
            as delivered_size
    from {{ ref(staging_name(survey, part)) }}
    where {{ weight_of(survey, part) }} > 0

    union all
    {%- endfor %}
    {%- endfor %}
    select
        null as survey,
        null as part,
        null as stratum,
        null as weight,
        null as wave,
        null as delivered_size
    where false
),

-- A survey that asks every kommune has one stratum, its size all kommuner of the division.
kommune_count as (
    select
        year,
        cast(count(*) as double) as n_kommuner
    from {{ ref('harmonised_kommune') }}
    group by year
),

strata as (
    select
        respondents.survey,
        respondents.wave,
        respondents.part,
        respondents.stratum,
        count(*) as n_stratum,
        case survey.population_size
            when 'kommuner' then max(kommune_count.n_kommuner)
            -- All have answered: nobody is left to be estimated.
            when 'respondents' then cast(count(*) as double)
            when 'delivered' then max(respondents.delivered_size)
        end as stratum_population,
        max(respondents.weight) as largest_weight
    from respondents
    inner join {{ ref('survey') }} as survey
        on respondents.survey = survey.survey
    left join kommune_count
        on respondents.wave = kommune_count.year
    group by
        respondents.survey, respondents.wave, respondents.part, respondents.stratum, survey.population_size
)

select
    survey,
    wave,
    part,
    stratum,
    cast(row_number() over (order by survey, wave, stratum, part) as smallint) as stratum_id,
    n_stratum,
    stratum_population,
    -- Binary places that leave room for the sum of the wave in 62 bits.
    62 - cast(ceil(log2(sum(n_stratum) over of_wave * max(largest_weight) over of_wave)) as integer) as weight_bits,
    -- Where the square of a weight is cut in two, so that the sum of either part has room in 63 bits.
    62 - cast(ceil(log2(sum(n_stratum) over of_wave)) as integer) as square_bits,
    -- Of a variance: (1 - n/N) n/(n-1). A stratum of one row is centred at the mean of all, which is 0 (R's "adjust").
    coalesce(1 - n_stratum / stratum_population, 1)
    * case when n_stratum > 1 then n_stratum / (n_stratum - 1.0) else 1 end as variance_factor,
    -- The same of a draw from a population without end.
    case when n_stratum > 1 then n_stratum / (n_stratum - 1.0) else 1 end as uncorrected_factor,
    case when n_stratum > 1 then 1.0 / n_stratum else 0 end as centring_factor
from strata
window of_wave as (partition by survey, wave)
