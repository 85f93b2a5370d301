-- One row per citizen in the design: categories, weight and answers, as estimate_cells() reads them.
with respondents as (
    select
        respondents.*,
        kommune.sentralitet
    from {{ ref('stg_dfo_innbygger__respondents') }} as respondents
    left join {{ ref('harmonised_kommune') }} as kommune
        on respondents.wave = kommune.year and respondents.kommunenr = kommune.kommunenr
    where respondents.weight > 0
)

select
    respondents.wave,
    strata.design_no,
    respondents.kommunenr,
    {{ weight_units('respondents.weight') }},
    {{ category_columns('dfo_innbygger') }},
    {{ unstated_column('dfo_innbygger') }},
    {{ answer_columns('dfo_innbygger', 'respondents') }}
from respondents
inner join {{ ref('harmonised_strata') }} as strata
    on
        strata.survey = 'dfo_innbygger'
        and respondents.wave = strata.wave
        and respondents.stratum = strata.stratum
