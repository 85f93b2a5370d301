-- The linear rule of seeds/scales/scale.csv where a question got a scale with other steps: what it makes of the change,
-- beside an equipercentile one (Kolen and Brennan, Test Equating, Scaling, and Linking), which gives an answer of the
-- earlier scale the point of the later one with the same percentile rank. One row per question, population and wave
-- that follows a change.
-- The ranks are of the answers to all questions that both waves asked, each with equal weight: that people answered
-- these the same on average is assumed, and what they changed on average taken for the scale's doing.
with steps as (
    select
        scale.code_frame,
        scale.scale,
        scale.source_min,
        scale.source_max,
        (scale.target_max - scale.target_min) / (count(distinct code_frame.value) - 1) as step
    from {{ ref('scale') }} as scale
    inner join {{ ref('code_frame') }} as code_frame
        on scale.code_frame = code_frame.code_frame
    where code_frame.answer_kind = 'answer'
    group by
        scale.code_frame, scale.scale, scale.source_min, scale.source_max, scale.target_min, scale.target_max
    having count(distinct code_frame.value) > 1
),

answers as (
    select
        cells.base_id,
        cells.value,
        sum(cells.n) as n,
        {{ ordered_sum('cells.sum_weight', 'cells.stratum_id, cells.code') }} as weight
    from {{ ref('harmonised_estimate_cells') }} as cells
    inner join {{ ref('harmonised_categories') }} as categories
        on cells.domain_id = categories.domain_id
    where categories.breakdown = 'all' and cells.answer_kind = 'answer'
    group by cells.base_id, cells.value
),

shown as (
    select statistics.base_id
    from {{ ref('harmonised_disclosed') }} as estimates
    inner join {{ ref('harmonised_statistics') }} as statistics
        on estimates.statistic_id = statistics.statistic_id
    inner join {{ ref('harmonised_categories') }} as categories
        on estimates.domain_id = categories.domain_id
    where statistics.statistic = 'mean' and categories.breakdown = 'all' and estimates.estimate is not null
),

-- Bases whose mean is shown.
answered as (
    select
        bases.base_id,
        bases.survey,
        bases.wave,
        bases.population,
        bases.question_id,
        bases.question_nb,
        bases.code_frame,
        {{ ordered_sum('answers.weight', 'answers.value') }} as total_weight,
        {{ ordered_sum('answers.weight * answers.value', 'answers.value') }}
        / {{ ordered_sum('answers.weight', 'answers.value') }} as mean
    from {{ ref('harmonised_bases') }} as bases
    inner join answers
        on bases.base_id = answers.base_id
    inner join shown
        on bases.base_id = shown.base_id
    group by
        bases.base_id,
        bases.survey,
        bases.wave,
        bases.population,
        bases.question_id,
        bases.question_nb,
        bases.code_frame
),

-- Questions whose scale got other steps; those with the same two scales make a pool.
changed as (
    select
        later.survey,
        later.question_id,
        later.question_nb,
        later.population,
        later.wave,
        earlier.wave as previous_wave,
        later_steps.scale,
        later_steps.step,
        earlier.base_id as previous_base_id,
        later.base_id,
        earlier.mean as mean_linear,
        later.mean as mean_later,
        dense_rank() over (
            order by
                later.survey,
                later.population,
                later.wave,
                earlier.wave,
                later_steps.scale,
                later_steps.step,
                earlier_steps.step,
                later_steps.source_min,
                earlier_steps.source_min
        ) as pool_id
    from answered as later
    inner join answered as earlier
        on {{ same('later', 'earlier', ['population', 'question_id']) }}
    inner join {{ ref('harmonised_comparability') }} as comparability
        on {{ same('later', 'comparability', ['wave', 'question_id']) }} and comparability.statistic = 'mean'
    inner join steps as later_steps
        on later.code_frame = later_steps.code_frame
    inner join steps as earlier_steps
        on earlier.code_frame = earlier_steps.code_frame
    where
        earlier.wave = comparability.previous_wave
        and comparability.comparable_with_previous
        and (
            later_steps.source_min <> earlier_steps.source_min
            or later_steps.source_max <> earlier_steps.source_max
            or later_steps.step <> earlier_steps.step
        )
),

pools as (
    select
        pool_id,
        max(step) as step,
        cast(count(*) as integer) as n_questions
    from changed
    group by pool_id
),

sides as (
    select
        pool_id,
        'earlier' as side,
        previous_base_id as base_id
    from changed
    union all
    select
        pool_id,
        'later' as side,
        base_id
    from changed
),

pooled as (
    select
        sides.pool_id,
        sides.side,
        answers.value,
        {{ ordered_sum('answers.weight / answered.total_weight', 'answers.base_id') }} / pools.n_questions as share
    from sides
    inner join pools
        on sides.pool_id = pools.pool_id
    inner join answers
        on sides.base_id = answers.base_id
    inner join answered
        on sides.base_id = answered.base_id
    group by sides.pool_id, sides.side, answers.value, pools.n_questions
),

cumulated as (
    select
        pool_id,
        side,
        value,
        share,
        sum(share) over (partition by pool_id, side order by value) as share_up_to
    from pooled
),

ranks as (
    select
        pool_id,
        side,
        value,
        share,
        -- Not share_up_to - share: the steps must meet to the last digit.
        coalesce(lag(share_up_to) over (partition by pool_id, side order by value), 0) as share_below,
        share_up_to
    from cumulated
),

-- An answer's percentile rank has half of those who gave it below; a step of the later scale is spread evenly over half
-- a step to either side.
images as (
    select
        earlier.pool_id,
        earlier.value,
        later.value
        + pools.step * ((earlier.share_below + earlier.share / 2 - later.share_below) / later.share - 0.5) as image
    from ranks as earlier
    inner join pools
        on earlier.pool_id = pools.pool_id
    inner join ranks as later
        on
            earlier.pool_id = later.pool_id
            and earlier.share_below + earlier.share / 2 >= later.share_below
            and earlier.share_below + earlier.share / 2 < later.share_up_to
    where earlier.side = 'earlier' and later.side = 'later'
),

equated as (
    select
        changed.base_id,
        {{ ordered_sum('answers.weight * images.image', 'answers.value') }}
        / {{ ordered_sum('answers.weight', 'answers.value') }} as mean
    from changed
    inner join answers
        on changed.previous_base_id = answers.base_id
    inner join images
        on changed.pool_id = images.pool_id and answers.value = images.value
    group by changed.base_id
)

select
    changed.survey,
    changed.question_id,
    changed.question_nb,
    changed.population,
    changed.wave,
    changed.previous_wave,
    changed.scale,
    pools.n_questions,
    changed.mean_linear,
    equated.mean as mean_equipercentile,
    changed.mean_later,
    changed.mean_later - changed.mean_linear as change_linear,
    changed.mean_later - equated.mean as change_equipercentile,
    equated.mean - changed.mean_linear as attributed_to_scale,
    waves.is_synthetic or previous_waves.is_synthetic as is_synthetic
from changed
inner join pools
    on changed.pool_id = pools.pool_id
inner join equated
    on changed.base_id = equated.base_id
inner join {{ ref('harmonised_waves') }} as waves
    on changed.survey = waves.survey and changed.wave = waves.wave
inner join {{ ref('harmonised_waves') }} as previous_waves
    on changed.survey = previous_waves.survey and changed.previous_wave = previous_waves.wave
order by changed.survey, changed.wave, changed.population, changed.question_id
