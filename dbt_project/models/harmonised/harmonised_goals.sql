-- The goals of the national digitalisation strategy as Digdir assessed them, one row per year and goal.
select
    goals.year,
    goals.goal_no,
    goals.goal_nb,
    status.answer_nb as status_nb,
    goals.direction_nb,
    goals.comment_nb,
    waves.is_synthetic
from {{ ref('stg_digdir__goals') }} as goals
inner join {{ ref('harmonised_extract_waves') }} as waves
    on waves.survey = 'digdir' and goals.year = waves.wave
left join {{ ref('code_frame') }} as status
    on status.code_frame = 'goal_status' and lower(goals.status_nb) = lower(status.answer_nb)
