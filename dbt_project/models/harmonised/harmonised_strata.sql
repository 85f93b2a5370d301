-- The sampling design of every wave, one row per stratum: how many of how many are in it.
-- Only respondents with a weight above 0 are in the design.
with respondents as (
    {%- for survey in surveys_of('respondents') %}
    {%- set population_size = survey_row(survey).population_size %}
    {%- for part in parts_of(survey) %}
    select
        '{{ survey }}' as survey,
        {{ design_columns(survey, part) }},
        wave,
        {% if population_size == 'delivered' -%}
        stratum_population
        {%- elif population_size == 'respondents' -%}
        cast(count(*) over (partition by wave) as double)
        {%- else -%}
        cast(null as double)
        {%- endif %} as delivered_size,
        {{ 'true' if population_size == 'kommuner' else 'false' }} as is_of_kommuner
    from {{ ref(staging_name(survey, part)) }}
    {%- if has_background(survey, part, 'weight') %}
    where weight > 0
    {%- endif %}

    union all
    {%- endfor %}
    {%- endfor %}
    select
        null as survey,
        null as part,
        null as stratum,
        null as weight,
        null as wave,
        null as delivered_size,
        null as is_of_kommuner
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
        max(case when respondents.is_of_kommuner then kommune_count.n_kommuner else respondents.delivered_size end)
            as stratum_population,
        max(respondents.weight) as largest_weight
    from respondents
    left join kommune_count
        on respondents.wave = kommune_count.year
    group by respondents.survey, respondents.wave, respondents.part, respondents.stratum
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
    case when n_stratum > 1 then 1.0 / n_stratum else 0 end as centring_factor
from strata
window of_wave as (partition by survey, wave)
