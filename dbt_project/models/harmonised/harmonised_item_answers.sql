-- Every answer to every question of the codebook, on its harmonised scale, with the kind of what is missing.
-- One row per survey, wave, respondent and question that the wave asked.
with delivered as (
    select
        'ssb_kommune' as survey,
        wave,
        kommunenr as respondent_id,
        column_name,
        answer
    from {{ ref('stg_ssb_kommune__answers') }}
),

answered as (
    select
        delivered.survey,
        delivered.wave,
        delivered.respondent_id,
        delivered.column_name,
        codebook.question_id,
        codebook.code_frame,
        codebook.blank_kind,
        codebook.filter_column,
        codebook.filter_code,
        cast(delivered.answer as integer) as code
    from delivered
    inner join {{ ref('harmonised_codebook') }} as codebook
        on
            delivered.survey = codebook.survey
            and delivered.wave = codebook.wave
            and delivered.column_name = codebook.column_name
            and codebook.role = 'answer'
),

coded as (
    select
        answered.survey,
        answered.wave,
        answered.respondent_id,
        answered.question_id,
        answered.code_frame,
        answered.blank_kind,
        answered.filter_code,
        filters.code as filter_answer,
        answered.code
    from answered
    left join answered as filters
        on
            answered.survey = filters.survey
            and answered.wave = filters.wave
            and answered.filter_column = filters.column_name
            and answered.respondent_id = filters.respondent_id
)

select
    coded.survey,
    coded.wave,
    coded.respondent_id,
    coded.question_id,
    coded.code,
    case
        when coded.code is not null then code_frame.answer_kind
        when coded.filter_answer <> coded.filter_code then 'filtrert'
        else coded.blank_kind
    end as answer_kind,
    {{ harmonised_value('code_frame', 'scale') }} as value
from coded
left join {{ ref('code_frame') }} as code_frame
    on coded.code_frame = code_frame.code_frame and coded.code = code_frame.code
left join {{ ref('scale') }} as scale
    on coded.code_frame = scale.code_frame
