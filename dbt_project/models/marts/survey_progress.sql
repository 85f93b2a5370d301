-- Where questions that belong together have come furthest since the wave before, and where most is left: each question's
-- place among those of its group, by its rise and by its level.
with levels as (
    select
        estimates.*,
        question.item_group
    from {{ ref('survey_estimates') }} as estimates
    inner join {{ ref('question') }} as question
        on estimates.question_id = question.question_id
    left join {{ ref('answer_group') }} as answer_group
        on question.item_group = answer_group.item_group and estimates.answer = answer_group.answer
    -- Of shares those that are named, and yes or no; not each step of a scale.
    where
        estimates.breakdown = 'all' and estimates.estimate is not null
        and (estimates.statistic = 'mean' or answer_group.answer is not null)
),

-- From the wave before, where the two can be compared.
rises as (
    select
        changes.*,
        row_number() over (
            partition by changes.survey, changes.population, changes.question_id, changes.statistic, changes.answer,
            changes.wave
            order by changes.compared_wave desc
        ) as nearest
    from {{ ref('survey_changes') }} as changes
    where changes.comparison = 'wave' and changes.breakdown = 'all'
),

placed as (
    select distinct
        levels.survey,
        levels.wave,
        levels.population,
        levels.population_nb,
        levels.item_group,
        levels.question_id,
        levels.question_nb,
        levels.statistic,
        levels.answer,
        levels.answer_nb,
        levels.scale,
        levels.estimate,
        rises.compared_wave as previous_wave,
        rises.difference as change,
        rises.std_error as change_std_error,
        rises.p_value,
        levels.is_synthetic
    from levels
    left join rises
        on
            {{ same('levels', 'rises', ['survey', 'population', 'question_id', 'statistic', 'wave']) }}
            and levels.answer is not distinct from rises.answer
            and rises.nearest = 1 and rises.is_comparable
)

select
    *,
    -- Without a change there is no place among them.
    case
        when change is not null
            then cast(rank() over (partition by {{ group_of_questions() }} order by change desc nulls last) as integer)
    end as progress_place,
    cast(rank() over (partition by {{ group_of_questions() }} order by estimate) as integer) as gap_place,
    cast(count(*) over (partition by {{ group_of_questions() }}) as integer) as n_questions
from placed
qualify count(*) over (partition by {{ group_of_questions() }}) > 1
order by survey, wave, population, item_group, statistic, answer, question_id
