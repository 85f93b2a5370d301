-- The goals of the national digitalisation strategy as they were assessed, one row per year and goal.
with goals as (
    {%- for survey in surveys_of('goals') %}
    select
        goals.*,
        waves.is_synthetic
    from {{ ref(staging_name(survey, 'goal')) }} as goals
    inner join {{ ref('harmonised_extract_waves') }} as waves
        on waves.survey = '{{ survey }}' and goals.wave = waves.wave
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select
    goals.wave as year,
    goals.goal_no,
    goals.goal_nb,
    status.answer_nb as status_nb,
    goals.direction_nb,
    goals.comment_nb,
    goals.indicator_score,
    goals.n_indicators,
    goals.is_synthetic
from goals
left join {{ ref('code_frame') }} as status
    on status.code_frame = 'goal_status' and goals.status = status.code
