-- What each count question can reach in a wave: the number of items asked, and the highest value.
with item_points as (
    select
        count_question.question_id,
        codebook.survey,
        codebook.wave,
        question.question_id as item_id,
        max(points.points) as most_points
    from {{ ref('count_question') }} as count_question
    inner join {{ ref('question') }} as question
        on count_question.counted_group = question.item_group
    inner join {{ ref('harmonised_codebook') }} as codebook
        on question.survey = codebook.survey and question.question_id = codebook.question_id
    inner join {{ ref('points') }} as points
        on question.points_frame = points.points_frame
    group by count_question.question_id, codebook.survey, codebook.wave, question.question_id
)

select
    item_points.survey,
    item_points.wave,
    item_points.question_id,
    question.question_nb,
    cast(count(*) as integer) as n_items,
    cast(sum(item_points.most_points) as integer) as value_max
from item_points
inner join {{ ref('question') }} as question
    on item_points.question_id = question.question_id
group by item_points.survey, item_points.wave, item_points.question_id, question.question_nb
