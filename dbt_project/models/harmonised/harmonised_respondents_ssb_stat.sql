-- One row per state agency: categories, weight and answers, as estimate_cells() reads them.
select
    respondents.wave,
    strata.design_no,
    {{ weight_units('1.0') }},
    {{ category_columns('ssb_stat') }},
    {{ unstated_column('ssb_stat') }},
    {{ answer_columns('ssb_stat', 'respondents') }}
from {{ ref('stg_ssb_stat__respondents') }} as respondents
inner join {{ ref('harmonised_strata') }} as strata
    on strata.survey = 'ssb_stat' and respondents.wave = strata.wave
