-- What is estimated: one row per question, wave, population, statistic and answer, and per composite and wave.
-- The answer of a share is a range of codes: one code of the frame, or a group of them (top2, selected); it is '' where
-- there is none. A series is the same statistic in all its waves.
with single_codes as (
    select
        code_frame,
        code,
        answer_nb,
        answer_kind = 'answer' as is_substantive
    from {{ ref('code_frame') }}
    where answer_kind <> 'ubesvart'

    union all

    -- A count's codes are all counts it can reach.
    select
        question_id as code_frame,
        code,
        cast(code as varchar(8)) as answer_nb,
        true as is_substantive
    from (
        select
            question_id,
            {{ explode_range('0', 'max(value_max)') }} as code
        from {{ ref('harmonised_count_measures') }}
        group by question_id
    ) as reachable
),

specified as (
    select
        bases.*,
        estimate.statistic,
        estimate.answer as asked_for,
        estimate.is_dont_know_in_base
    from {{ ref('harmonised_bases') }} as bases
    inner join {{ ref('estimate') }} as estimate
        on {{ same('bases', 'estimate', ['survey', 'item_group', 'population']) }}
),

answers as (
    select
        specified.*,
        cast(single_codes.code as varchar(8)) as answer,
        single_codes.answer_nb,
        single_codes.code as code_from,
        single_codes.code as code_to,
        cast(null as double) as value_from,
        cast(null as double) as value_to
    from specified
    inner join single_codes
        on
            single_codes.code_frame
            = case when specified.is_count then specified.question_id else specified.code_frame end
    where
        specified.asked_for = 'each'
        and (single_codes.is_substantive or specified.is_dont_know_in_base)

    union all

    select
        specified.*,
        specified.asked_for as answer,
        answer_group.answer_nb,
        -- The code of a number only tells that there is one.
        case when specified.is_number then 0 else answer_group.code_from end as code_from,
        case when specified.is_number then 0 else answer_group.code_to end as code_to,
        answer_group.value_from,
        answer_group.value_to
    from specified
    inner join {{ ref('answer_group') }} as answer_group
        on specified.item_group = answer_group.item_group and specified.asked_for = answer_group.answer
    where
        specified.asked_for <> 'each'
        and coalesce(answer_group.code_frame, specified.code_frame) = specified.code_frame

    union all

    select
        specified.*,
        '' as answer,
        null as answer_nb,
        null as code_from,
        null as code_to,
        null as value_from,
        null as value_to
    from specified
    where specified.asked_for is null
),

statistics as (
    select
        base_id,
        survey,
        wave,
        population,
        question_id,
        question_nb,
        code_frame,
        figure,
        statistic,
        is_dont_know_in_base,
        answer,
        answer_nb,
        code_from,
        code_to,
        value_from,
        value_to
    from answers

    union all

    -- Whoever answers any item is in the base of a composite.
    select
        null as base_id,
        composite.survey,
        wave.wave,
        '' as population,
        composite.composite as question_id,
        composite.composite_nb as question_nb,
        null as code_frame,
        null as figure,
        'composite' as statistic,
        false as is_dont_know_in_base,
        '' as answer,
        null as answer_nb,
        null as code_from,
        null as code_to,
        null as value_from,
        null as value_to
    from {{ ref('composite') }} as composite
    inner join {{ ref('wave') }} as wave
        on composite.survey = wave.survey
)

select
    cast(row_number() over (order by survey, wave, population, question_id, statistic, answer) as integer)
        as statistic_id,
    cast(dense_rank() over (order by survey, population, question_id, statistic, answer) as integer) as series_id,
    *
from statistics
