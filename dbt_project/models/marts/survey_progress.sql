-- Where questions that are answered alike have come furthest since the wave before, and where most is left: the place
-- of each among those of its group, by its rise and by its level.
with levels as (
    select distinct
        estimates.statistic_id,
        estimates.domain_id,
        estimates.estimate,
        estimates.n_answers < {{ var('small_base') }} as is_small_base,
        statistics.survey,
        statistics.wave,
        statistics.population,
        bases.item_group,
        statistics.question_id,
        statistics.question_nb,
        statistics.statistic,
        statistics.answer,
        statistics.answer_nb,
        case when statistics.statistic = 'share' then 'share' else scale.scale end as scale
    from {{ ref('harmonised_disclosed') }} as estimates
    inner join {{ ref('harmonised_statistics') }} as statistics
        on estimates.statistic_id = statistics.statistic_id
    inner join {{ ref('harmonised_bases') }} as bases
        on statistics.base_id = bases.base_id
    inner join {{ ref('harmonised_categories') }} as categories
        on estimates.domain_id = categories.domain_id
    left join {{ ref('answer_group') }} as answer_group
        on bases.item_group = answer_group.item_group and statistics.answer = answer_group.answer
    left join {{ ref('scale') }} as scale
        on statistics.code_frame = scale.code_frame
    -- Of shares those of which more is progress.
    where
        categories.breakdown = 'all' and estimates.estimate is not null
        and (statistics.statistic = 'mean' or answer_group.is_progress)
),

-- From the nearest wave before, where the two can be compared.
rises as (
    select
        changes.statistic_id,
        changes.domain_id,
        categories.wave as previous_wave,
        changes.difference as change,
        changes.std_error,
        changes.p_value,
        changes.is_comparable,
        changes.is_small_base
    from {{ ref('harmonised_changes') }} as changes
    inner join {{ ref('harmonised_categories') }} as categories
        on changes.compared_domain_id = categories.domain_id
    where changes.comparison = 'wave' and changes.difference is not null
    qualify row_number() over (partition by changes.statistic_id, changes.domain_id order by categories.wave desc) = 1
)

select
    levels.survey,
    levels.wave,
    levels.population,
    population.population_nb,
    levels.item_group,
    levels.question_id,
    levels.question_nb,
    levels.statistic,
    nullif(levels.answer, '') as answer,
    levels.answer_nb,
    levels.scale,
    levels.estimate,
    rises.previous_wave,
    rises.change,
    rises.std_error as change_std_error,
    rises.p_value,
    waves.is_synthetic,
    -- Without a change there is no place among them.
    case when rises.change is not null then cast(rank() over by_change as integer) end as progress_place,
    cast(rank() over by_level as integer) as gap_place,
    cast(count(*) over of_group as integer) as n_questions,
    coalesce(rises.is_small_base, levels.is_small_base) as is_small_base
from levels
inner join {{ ref('population') }} as population
    on levels.population = population.population and levels.survey = population.survey
inner join {{ ref('harmonised_waves') }} as waves
    on levels.survey = waves.survey and levels.wave = waves.wave
left join rises
    on levels.statistic_id = rises.statistic_id and levels.domain_id = rises.domain_id and rises.is_comparable
window
    of_group as (
        partition by {{ group_of_questions() }}
    ),
    by_change as (
        partition by {{ group_of_questions() }}
        order by rises.change desc nulls last
    ),
    by_level as (
        partition by {{ group_of_questions() }}
        order by levels.estimate
    )
qualify count(*) over of_group > 1
order by
    levels.survey, levels.wave, levels.population, levels.item_group, levels.statistic, levels.answer,
    levels.question_id
