-- One row per responding kommune: categories, weight, answers to items and counts of them, in the wave's own
-- division, as estimate_cells() reads them.
with answers as (
    select
        wave,
        kommunenr,
        question_id,
        case when answer_kind = 'filtrert' then {{ var('filtered_code') }} else code end as code
    from {{ ref('harmonised_kommune_answers') }}
    where method = 'native'
),

respondents as (
    select
        respondents.wave,
        respondents.kommunenr,
        respondents.folkemengde,
        kommune.sentralitet,
        kommune.fylkesnr,
        cast(1 as double) as weight
    from {{ ref('stg_ssb_kommune__respondents') }} as respondents
    left join {{ ref('harmonised_kommune') }} as kommune
        on respondents.wave = kommune.year and respondents.kommunenr = kommune.kommunenr
),

by_question as (
    select
        {%- for question_id in questions_in_estimates('ssb_kommune') %}
        cast(max(case when question_id = '{{ question_id }}' then code end) as smallint) as {{ question_id }},
        {%- endfor %}
        wave,
        kommunenr
    from answers
    group by wave, kommunenr
)

select
    by_question.*,
    strata.design_no,
    respondents.folkemengde,
    {{ weight_units('respondents.weight') }},
    {{ category_columns('ssb_kommune') }},
    {{ unstated_column('ssb_kommune') }}
from respondents
inner join by_question
    on respondents.wave = by_question.wave and respondents.kommunenr = by_question.kommunenr
inner join {{ ref('harmonised_strata') }} as strata
    on strata.survey = 'ssb_kommune' and respondents.wave = strata.wave
