-- Who was asked what: one row per wave, population and question of which something is estimated.
with asked as (
    select distinct
        questions.survey,
        questions.wave,
        estimate.population,
        questions.question_id,
        questions.question_nb,
        questions.item_group,
        questions.figure,
        questions.code_frame,
        questions.blank_kind,
        questions.is_number,
        questions.is_count
    from {{ ref('harmonised_questions') }} as questions
    inner join {{ ref('estimate') }} as estimate
        on questions.survey = estimate.survey and questions.item_group = estimate.item_group
)

select
    cast(row_number() over (order by wave, question_id, population) as integer) as base_id,
    *
from asked
