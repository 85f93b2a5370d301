-- The place of each thing among its kind, in the order in which the seeds tell of them: what tables are sorted by.
-- A thing is named by its survey and by what it belongs to, '' where its own name is enough.
with indicators as (
    select
        indicator,
        1 as source_no,
        row_number() over () as place
    from {{ ref('indicator') }}

    union all

    select
        composite as indicator,
        2 as source_no,
        row_number() over () as place
    from {{ ref('composite') }}
),

-- Codes in the order of their frame, the number of what is counted; then groups of answers.
codes as (
    select
        code_frame,
        code,
        row_number() over () as place
    from {{ ref('code_frame') }}
),

answer_groups as (
    select
        answer,
        min(place) as place
    from (
        select
            answer,
            row_number() over () as place
        from {{ ref('answer_group') }}
    ) as seeded
    group by answer
),

answers as (
    select
        statistics.question_id,
        statistics.answer,
        min(answer_groups.place) as group_place,
        -- The latest frame is the one that readers know.
        max_by(coalesce(codes.place, statistics.code_from), statistics.wave) as code_place
    from {{ ref('harmonised_statistics') }} as statistics
    left join codes
        on statistics.code_frame = codes.code_frame and statistics.answer = cast(codes.code as varchar)
    left join answer_groups
        on statistics.answer = answer_groups.answer
    where statistics.answer <> ''
    group by statistics.question_id, statistics.answer
),

-- What no seed tells has a number of its own, places above all; who did not state any comes last.
categories as (
    select
        survey,
        breakdown,
        category,
        min(place) as place
    from (
        select
            survey,
            breakdown,
            category,
            row_number() over () as place
        from {{ ref('category') }}

        union all

        select
            survey,
            breakdown,
            category,
            1000000 + category_no as place
        from {{ ref('harmonised_categories') }}

        union all

        select
            survey,
            breakdown,
            'uoppgitt' as category,
            2000000 as place
        from {{ ref('breakdown') }}
    ) as named
    group by survey, breakdown, category
),

places as (
    select
        'question' as thing,
        '' as survey,
        '' as belongs_to,
        question_id as name,
        row_number() over () as place
    from {{ ref('question') }}

    union all

    select
        'indicator' as thing,
        '' as survey,
        '' as belongs_to,
        indicator as name,
        row_number() over (order by source_no, place) as place
    from indicators

    union all

    select
        'breakdown' as thing,
        survey,
        '' as belongs_to,
        breakdown as name,
        row_number() over () as place
    from {{ ref('breakdown') }}

    union all

    select
        'answer' as thing,
        '' as survey,
        question_id as belongs_to,
        answer as name,
        row_number() over (order by group_place nulls first, code_place, answer) as place
    from answers

    union all

    select
        'category' as thing,
        survey,
        breakdown as belongs_to,
        category as name,
        place
    from categories
)

select
    thing,
    survey,
    belongs_to,
    name,
    cast(row_number() over (partition by thing, survey, belongs_to order by place, name) as integer) as place
from places
