-- The one answer table: every respondent's answers to items and count questions, in the wave's own division.
select
    survey,
    wave,
    respondent_id,
    question_id,
    code,
    answer_kind,
    value
from {{ ref('harmonised_item_answers') }}

union all

select
    question.survey,
    counts.wave,
    counts.kommunenr as respondent_id,
    counts.question_id,
    counts.code,
    counts.answer_kind,
    counts.value
from {{ ref('harmonised_kommune_answers') }} as counts
inner join {{ ref('count_question') }} as count_question
    on counts.question_id = count_question.question_id
inner join {{ ref('question') }} as question
    on count_question.question_id = question.question_id
where counts.method = 'native'
