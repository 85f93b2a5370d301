-- One row per survey and wave in use: its size, its respondents, and whether it is synthetic.
-- From the loads, so that a wave of whose rows nothing can be used is still there.
with surveys as (
    select distinct survey
    from {{ ref('population') }}
),

designs as (
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
    loads.survey,
    loads.wave,
    loads.n_rows,
    cast(designs.n_population as integer) as n_population,
    cast(coalesce(designs.n_respondents, 0) as integer) as n_respondents,
    cast(coalesce(without_weight.n_without_weight, 0) as integer) as n_without_weight,
    loads.is_synthetic
from {{ ref('harmonised_extract_waves') }} as loads
inner join surveys
    on loads.survey = surveys.survey
left join designs
    on loads.survey = designs.survey and loads.wave = designs.wave
left join without_weight
    on loads.survey = without_weight.survey and loads.wave = without_weight.wave
