-- One row per survey and wave in use: its size, its respondents, and whether it is synthetic.
with designs as (
    select
        survey,
        wave,
        sum(n_stratum) as n_respondents,
        -- Known only when every stratum says its size.
        case when count(stratum_population) = count(*) then sum(stratum_population) end as n_population
    from {{ ref('harmonised_strata') }}
    group by survey, wave
),

without_weight as (
    select
        'dfo_innbygger' as survey,
        wave,
        sum(case when weight > 0 then 0 else 1 end) as n_without_weight
    from {{ ref('stg_dfo_innbygger__respondents') }}
    group by wave
)

select
    designs.survey,
    designs.wave,
    cast(designs.n_population as integer) as n_population,
    cast(designs.n_respondents as integer) as n_respondents,
    cast(coalesce(without_weight.n_without_weight, 0) as integer) as n_without_weight,
    loads.is_synthetic
from designs
left join without_weight
    on designs.survey = without_weight.survey and designs.wave = without_weight.wave
inner join {{ ref('stg_extract__loads') }} as loads
    on designs.survey = loads.survey and designs.wave = loads.wave and loads.status = 'loaded'
