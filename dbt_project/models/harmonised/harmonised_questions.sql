-- The questions of every wave in the codebook, and the counts of items that the wave asked, with their codes' frame.
with asked as (
    select
        question.survey,
        codebook.wave,
        question.question_id,
        question.question_nb,
        question.item_group,
        question.figure,
        codebook.code_frame,
        codebook.blank_kind
    from {{ ref('question') }} as question
    inner join {{ ref('harmonised_codebook') }} as codebook
        on question.survey = codebook.survey and question.question_id = codebook.question_id
)

select * from asked

union all

select distinct
    asked.survey,
    asked.wave,
    count_question.question_id,
    question.question_nb,
    question.item_group,
    question.figure,
    'antall' as code_frame,
    'ubesvart' as blank_kind
from {{ ref('count_question') }} as count_question
inner join {{ ref('question') }} as question
    on count_question.question_id = question.question_id
inner join asked
    on question.survey = asked.survey and count_question.counted_group = asked.item_group
