-- The answers that count for least and for most of each question that is carried to other divisions and answered by a
-- code: by its points where it has points, else by its value. One row per wave, question and end of the scale.
with answers as (
    select
        questions.survey,
        questions.wave,
        questions.question_id,
        code_frame.code,
        {{ on_scale('code_frame.value', 'scale') }} as value,
        case
            when question.points_frame is null then code_frame.value
            else coalesce(points.points, 0)
        end as amount
    from {{ ref('harmonised_questions') }} as questions
    inner join {{ ref('question') }} as question
        on questions.question_id = question.question_id
    inner join {{ ref('code_frame') }} as code_frame
        on questions.code_frame = code_frame.code_frame
    left join {{ ref('scale') }} as scale
        on questions.code_frame = scale.code_frame
    left join {{ ref('points') }} as points
        on
            question.points_frame = points.points_frame
            and code_frame.code between points.code_from and points.code_to
    where
        question.merge_rule is not null
        -- Who leaves it blank was asked.
        and questions.blank_kind <> 'ikke_spurt'
        and code_frame.answer_kind = 'answer'
        and code_frame.value is not null
),

ranked as (
    select
        *,
        row_number() over (partition by wave, question_id order by amount asc, code asc) as from_lowest,
        row_number() over (partition by wave, question_id order by amount desc, code asc) as from_highest
    from answers
)

select
    survey,
    wave,
    question_id,
    'low' as silent_answers,
    code,
    value,
    amount
from ranked
where from_lowest = 1

union all

select
    survey,
    wave,
    question_id,
    'high' as silent_answers,
    code,
    value,
    amount
from ranked
where from_highest = 1
