-- Each kommune's answer to each question, in the wave's own division and in each panel division.
-- A merged kommune gets one answer from its sources by the question's merge_rule, and none when less than half of its
-- inhabitants lived in a kommune that answered; and one by each of the other rules of seeds/indicators/panel_rule.csv.
-- One row per unit of harmonised_panel_sources, rule and question.
with units as (
    select
        sources.unit_id,
        sources.survey,
        sources.wave,
        sources.source_kommunenr,
        sources.n_sources,
        sources.total_inhabitants,
        sources.inhabitants,
        sources.source_share,
        panel_rule.rule,
        panel_rule.merge_rule,
        panel_rule.silent_answers
    from {{ ref('harmonised_panel_sources') }} as sources
    inner join {{ ref('panel_rule') }} as panel_rule
        on panel_rule.rule = 'declared' or sources.n_sources > 1
),

answers as (
    select
        answers.survey,
        answers.wave,
        answers.kommunenr,
        answers.question_id,
        question.merge_rule as own_rule,
        answers.code,
        answers.answer_kind,
        answers.value,
        -- What more or less of is more: points where the question has points, whatever the value.
        case
            when question.points_frame is null or answers.value is null then answers.value
            else coalesce(points.points, 0)
        end as amount
    from {{ ref('harmonised_unit_answers') }} as answers
    inner join {{ ref('question') }} as question
        on answers.question_id = question.question_id
    left join {{ ref('points') }} as points
        on
            question.points_frame = points.points_frame
            and answers.code between points.code_from and points.code_to
),

sourced as (
    select
        units.*,
        answers.question_id,
        answers.own_rule,
        answers.code,
        answers.answer_kind,
        answers.value,
        answers.amount
    from units
    inner join answers
        on {{ same('units', 'answers', ['survey', 'wave']) }} and units.source_kommunenr = answers.kommunenr

    union all

    -- What is put in the place of answers that are not there.
    select
        units.*,
        extremes.question_id,
        question.merge_rule as own_rule,
        extremes.code,
        'answer' as answer_kind,
        extremes.value,
        extremes.amount
    from units
    inner join {{ ref('harmonised_extreme_answers') }} as extremes
        on {{ same('units', 'extremes', ['wave', 'silent_answers']) }}
    inner join {{ ref('question') }} as question
        on extremes.question_id = question.question_id
    where
        units.survey = extremes.survey
        and not exists (
            select 1
            from {{ ref('harmonised_unit_answers') }} as given
            where
                {{ same('given', 'extremes', ['survey', 'wave', 'question_id']) }}
                and given.kommunenr = units.source_kommunenr
                and given.answer_kind <> 'ubesvart'
        )
),

-- What the sources answered, each distinct answer with the inhabitants behind it.
candidates as (
    select
        unit_id,
        rule,
        wave,
        n_sources,
        total_inhabitants,
        question_id,
        case
            when own_rule in ('population_weighted_mean', 'sum') then own_rule
            else coalesce(merge_rule, own_rule)
        end as merge_rule,
        code,
        answer_kind,
        value,
        amount,
        answer_kind not in ('ubesvart', 'ikke_spurt') as is_answered,
        -- What of a sum is known: amounts, and that there is none where the question does not apply.
        answer_kind in ('answer', 'filtrert') as is_known,
        sum(inhabitants) as inhabitants,
        sum(source_share) as source_shares
    from sourced
    group by all
),

ranked as (
    select
        *,
        cast(sum(case when is_answered then inhabitants else 0 end) over of_question as double)
        / cast(total_inhabitants as double) as answered_share,
        cast(sum(case when is_known then inhabitants else 0 end) over of_question as double)
        / cast(total_inhabitants as double) as known_share,
        sum(case when answer_kind = 'answer' then inhabitants * value end) over of_question
        / sum(case when answer_kind = 'answer' then inhabitants end) over of_question as mean_value,
        sum(case when answer_kind = 'answer' then source_shares * value end) over of_question as sum_value,
        row_number() over (
            partition by unit_id, rule, question_id
            order by
                -- An answer goes before a closed filter, that before nothing.
                case when answer_kind = 'answer' or code is not null then 0 when is_answered then 1 else 2 end asc,
                case merge_rule when 'any' then -amount when 'all' then amount end asc nulls last,
                -- A mean exists when anybody answered: a don't-know is the answer only where it is the only one.
                case when merge_rule in ('population_weighted_mean', 'sum') and value is null then 1 else 0 end asc,
                inhabitants desc,
                code asc,
                value asc
        ) as preference
    from candidates
    window of_question as (partition by unit_id, rule, question_id)
),

merged as (
    select
        unit_id,
        rule,
        wave,
        question_id,
        answered_share,
        case
            when merge_rule = 'sum' then known_share < 1 - 1e-9
            else answered_share < {{ var('min_answered_share') }}
        end as is_missing,
        answer_kind,
        -- A mean has no code, but one source has nothing to be averaged with.
        case when merge_rule not in ('population_weighted_mean', 'sum') or n_sources = 1 then code end as code,
        case merge_rule
            when 'population_weighted_mean' then mean_value
            when 'sum' then sum_value
            else value
        end as value
    from ranked
    where preference = 1
),

filters as (
    select distinct
        items.wave,
        items.question_id,
        filter_column.question_id as filter_question_id,
        items.filter_code
    from {{ ref('harmonised_codebook') }} as items
    inner join {{ ref('harmonised_codebook') }} as filter_column
        on {{ same('items', 'filter_column', ['survey', 'wave']) }}
    where items.filter_column = filter_column.column_name
),

-- Merging may close a filter that was open in one source: then the question does not apply.
closed as (
    select
        merged.unit_id,
        merged.rule,
        filters.question_id
    from merged
    inner join filters
        on merged.wave = filters.wave and merged.question_id = filters.filter_question_id
    where not merged.is_missing and merged.code <> filters.filter_code
)

select
    merged.unit_id,
    merged.rule,
    merged.question_id,
    case
        when closed.unit_id is not null then 'filtrert'
        when merged.is_missing then 'ubesvart'
        else merged.answer_kind
    end as answer_kind,
    case when closed.unit_id is null and not merged.is_missing then merged.code end as code,
    case when closed.unit_id is null and not merged.is_missing then merged.value end as value,
    merged.answered_share
from merged
left join closed
    on {{ same('merged', 'closed', ['unit_id', 'rule', 'question_id']) }}
