-- Each kommune's answer to each question, in the wave's own division and in each panel division.
-- A merged kommune gets one answer from its sources by the question's merge_rule, and none when less than
-- half of its inhabitants lived in a kommune that answered.
with sourced as (
    select
        sources.wave,
        sources.division_year,
        sources.kommunenr,
        sources.method,
        sources.n_sources,
        sources.total_inhabitants,
        sources.inhabitants,
        answers.question_id,
        question.merge_rule,
        answers.code,
        answers.answer_kind,
        answers.value
    from {{ ref('harmonised_kommune_sources') }} as sources
    inner join {{ ref('harmonised_item_answers') }} as answers
        on
            sources.wave = answers.wave
            and sources.source_kommunenr = answers.respondent_id
    inner join {{ ref('question') }} as question
        on answers.question_id = question.question_id and answers.survey = question.survey
    where question.merge_rule is not null
),

-- What the sources answered, each distinct answer with the inhabitants behind it.
candidates as (
    select
        wave,
        division_year,
        kommunenr,
        method,
        n_sources,
        total_inhabitants,
        question_id,
        merge_rule,
        code,
        answer_kind,
        value,
        answer_kind not in ('ubesvart', 'ikke_spurt') as is_answered,
        sum(inhabitants) as inhabitants
    from sourced
    group by all
),

ranked as (
    select
        *,
        cast(
            sum(case when is_answered then inhabitants else 0 end)
                over (partition by wave, division_year, kommunenr, question_id)
            as double
        )
        / cast(total_inhabitants as double) as answered_share,
        sum(case when answer_kind = 'answer' then inhabitants * value end)
            over (partition by wave, division_year, kommunenr, question_id)
        / sum(case when answer_kind = 'answer' then inhabitants end)
            over (partition by wave, division_year, kommunenr, question_id) as mean_value,
        row_number() over (
            partition by wave, division_year, kommunenr, question_id
            order by
                -- An answer goes before a closed filter, that before nothing.
                case when code is not null then 0 when is_answered then 1 else 2 end asc,
                case merge_rule when 'any' then -value when 'all' then value end asc nulls last,
                -- A mean exists when anybody answered: a don't-know is the answer only where it is the only one.
                case when merge_rule = 'population_weighted_mean' and value is null then 1 else 0 end asc,
                inhabitants desc,
                code asc
        ) as preference
    from candidates
),

merged as (
    select
        wave,
        division_year,
        kommunenr,
        method,
        n_sources,
        answered_share,
        question_id,
        case
            when answered_share < {{ var('min_answered_share') }} then 'ubesvart' else answer_kind
        end as answer_kind,
        case
            when answered_share >= {{ var('min_answered_share') }}
            -- A mean has no code, but one source has nothing to be averaged with.
            and (merge_rule <> 'population_weighted_mean' or n_sources = 1) then code
        end as code,
        case
            when answered_share < {{ var('min_answered_share') }} then null
            when merge_rule = 'population_weighted_mean' then mean_value
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
        on
            items.survey = filter_column.survey
            and items.wave = filter_column.wave
            and items.filter_column = filter_column.column_name
)

-- Merging may close a filter that was open in one source: then the question does not apply.
select
    merged.wave,
    merged.division_year,
    merged.kommunenr,
    merged.method,
    merged.n_sources,
    merged.question_id,
    case when filter_answer.code <> filters.filter_code then 'filtrert' else merged.answer_kind end as answer_kind,
    case when filter_answer.code <> filters.filter_code then null else merged.code end as code,
    case when filter_answer.code <> filters.filter_code then null else merged.value end as value,
    merged.answered_share
from merged
left join filters
    on merged.wave = filters.wave and merged.question_id = filters.question_id
left join merged as filter_answer
    on
        merged.wave = filter_answer.wave
        and merged.division_year = filter_answer.division_year
        and merged.kommunenr = filter_answer.kommunenr
        and filters.filter_question_id = filter_answer.question_id
