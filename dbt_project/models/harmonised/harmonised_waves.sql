-- One row per survey and wave in use: its size, its respondents, and whether it is synthetic.
-- From the loads, so that a wave of whose rows nothing can be used is still there.
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
        survey,
        wave,
        sum(n_without_weight) as n
    from {{ ref('harmonised_counted_design') }}
    group by survey, wave
)

select
    loads.survey,
    loads.wave,
    loads.n_rows,
    cast(designs.n_population as integer) as n_population,
    cast(coalesce(designs.n_respondents, 0) as integer) as n_respondents,
    cast(coalesce(without_weight.n, 0) as integer) as n_without_weight,
    loads.is_synthetic
from {{ ref('harmonised_extract_waves') }} as loads
inner join {{ ref('survey') }} as survey
    on loads.survey = survey.survey
left join designs
    on loads.survey = designs.survey and loads.wave = designs.wave
left join without_weight
    on loads.survey = without_weight.survey and loads.wave = without_weight.wave
where survey.kind = 'respondents'
