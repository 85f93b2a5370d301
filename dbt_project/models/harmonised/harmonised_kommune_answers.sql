-- Items and counts of every kommune, in the wave's own division and in each panel division.
-- By the rule that is declared and, of merged kommuner, by the others of seeds/indicators/panel_rule.csv.
-- A count question (areas, functions, points) sums the points of its items; a closed filter counts 0.
with units as (
    select distinct
        unit_id,
        survey,
        wave,
        division_year,
        kommunenr,
        method,
        n_sources
    from {{ ref('harmonised_panel_sources') }}
),

counts as (
    select
        items.unit_id,
        items.rule,
        count_question.question_id,
        max(case when items.answer_kind not in ('ubesvart', 'ikke_spurt') then 1 else 0 end) = 1 as has_answer,
        cast(sum(coalesce(points.points, 0)) as integer) as code,
        -- The count is missing only when every item is.
        max(items.answered_share) as answered_share
    from {{ ref('count_question') }} as count_question
    inner join {{ ref('question') }} as question
        on count_question.counted_group = question.item_group
    inner join {{ ref('harmonised_panel_items') }} as items
        on question.question_id = items.question_id
    left join {{ ref('points') }} as points
        on
            question.points_frame = points.points_frame
            and items.code between points.code_from and points.code_to
    group by items.unit_id, items.rule, count_question.question_id
),

answers as (
    select
        unit_id,
        rule,
        question_id,
        answer_kind,
        code,
        value,
        answered_share
    from {{ ref('harmonised_panel_items') }}

    union all

    select
        unit_id,
        rule,
        question_id,
        case when has_answer then 'answer' else 'ubesvart' end as answer_kind,
        case when has_answer then code end as code,
        case when has_answer then cast(code as double) end as value,
        answered_share
    from counts
)

select
    units.survey,
    units.wave,
    units.division_year,
    units.kommunenr,
    units.method,
    units.n_sources,
    answers.rule,
    answers.question_id,
    answers.answer_kind,
    answers.code,
    answers.value,
    answers.answered_share
from answers
inner join units
    on answers.unit_id = units.unit_id
