-- The one respondent table: who answered, and the sampling design they came by.
-- The kommune survey asks every kommune: weight 1, one stratum, its size all kommuner of the division.
with kommune_count as (
    select
        year,
        count(*) as n_kommuner
    from {{ ref('harmonised_kommune') }}
    group by year
)

select
    'ssb_kommune' as survey,
    respondents.wave,
    respondents.kommunenr as respondent_id,
    respondents.kommunenr,
    respondents.folkemengde,
    cast(1 as double) as weight,
    'alle' as stratum,
    cast(kommune_count.n_kommuner as double) as stratum_population
from {{ ref('stg_ssb_kommune__respondents') }} as respondents
inner join kommune_count
    on respondents.wave = kommune_count.year
