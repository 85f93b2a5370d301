-- Stage one of the estimates: the sums that every mean, share and median is made of.
-- One row per wave, stratum, population, question, breakdown category and answer, on the harmonised scale.
with cells as (
    {{ estimate_cells('dfo_innbygger', ref('harmonised_respondents_dfo_innbygger')) }}
    union all
    {{ estimate_cells('ssb_kommune', ref('harmonised_respondents_ssb_kommune')) }}
    union all
    {{ estimate_cells('itip', ref('harmonised_respondents_itip')) }}
    union all
    {{ estimate_cells('ssb_stat', ref('harmonised_respondents_ssb_stat')) }}
)

select
    cells.survey,
    strata.wave,
    cells.population,
    cells.question_id,
    cells.breakdown,
    categories.category,
    categories.category_nb,
    strata.stratum,
    cast(cells.code as integer) as code,
    case
        when cells.code is null then questions.blank_kind
        when cells.code = {{ var('filtered_code') }} then 'filtrert'
        when questions.code_frame = 'antall' then 'answer'
        else code_frame.answer_kind
    end as answer_kind,
    case
        when cells.code = {{ var('filtered_code') }} then null
        when questions.code_frame = 'antall' then cast(cells.code as double)
        else {{ harmonised_value('code_frame', 'scale') }}
    end as value,
    cast(cells.n as bigint) as n,
    cast(cells.sum_weight_units as double) * pow(2, -strata.weight_bits) as sum_weight,
    cast({{ joined_parts('cells.sum_square_upper', 'cells.sum_square_lower', 'strata.square_bits') }} as double)
    * pow(2, -2 * strata.weight_bits) as sum_weight_squared
from cells
inner join {{ ref('harmonised_strata') }} as strata
    on cells.survey = strata.survey and cells.design_no = strata.design_no
inner join {{ ref('harmonised_questions') }} as questions
    on
        cells.survey = questions.survey
        and strata.wave = questions.wave
        and cells.question_id = questions.question_id
left join {{ ref('harmonised_categories') }} as categories
    on
        cells.survey = categories.survey
        and strata.wave = categories.wave
        and cells.breakdown = categories.breakdown
        and cells.category_no = categories.category_no
left join {{ ref('code_frame') }} as code_frame
    on questions.code_frame = code_frame.code_frame and cells.code = code_frame.code
left join {{ ref('scale') }} as scale
    on questions.code_frame = scale.code_frame
