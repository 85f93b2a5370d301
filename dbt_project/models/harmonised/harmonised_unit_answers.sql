-- What the kommuner of a survey answered themselves, to every question that has a rule for merging, in the wave's own
-- division: one row per survey, wave, kommune and question, the answer on its harmonised scale.
with answers as (
    {%- for survey in panel_surveys() %}
    {%- for question in questions_to_merge(survey) %}
    select
        '{{ survey }}' as survey,
        wave,
        kommunenr,
        '{{ question.question_id }}' as question_id,
        cast({{ question.question_id }} as integer) as code,
        {{ number_of(question.question_id) if question.is_number else 'cast(null as double)' }} as number
    from {{ ref('harmonised_respondents_' ~ survey) }}

    union all
    {%- endfor %}
    {%- endfor %}
    select
        null as survey,
        null as wave,
        null as kommunenr,
        null as question_id,
        null as code,
        null as number
    where false
)

select
    answers.survey,
    answers.wave,
    answers.kommunenr,
    answers.question_id,
    case when answers.code <> {{ var('filtered_code') }} and not questions.is_number then answers.code end as code,
    {{ answer_kind('answers.code', 'questions') }} as answer_kind,
    {{ answer_value('answers.code', 'answers.number', 'questions') }} as value
from answers
inner join {{ ref('harmonised_questions') }} as questions
    on answers.wave = questions.wave and answers.question_id = questions.question_id
left join {{ ref('code_frame') }} as code_frame
    on questions.code_frame = code_frame.code_frame and answers.code = code_frame.code
left join {{ ref('scale') }} as scale
    on questions.code_frame = scale.code_frame
