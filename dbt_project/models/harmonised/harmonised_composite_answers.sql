-- The answers that composites are made of, on their scale, a high one always good: one row per composite, domain,
-- stratum, pattern of answers and item that is answered in it, with how many answered so.
with cells as (
    {{ counted('patterns') }}
),

patterns as (
    select
        statistics.statistic_id,
        categories.domain_id,
        cells.stratum_id,
        row_number() over (
            partition by statistics.statistic_id, categories.domain_id, cells.stratum_id
            order by cells.codes
        ) as pattern_no,
        cells.composite,
        strata.wave,
        cells.questions,
        cells.codes,
        cast(cells.n as bigint) as n,
        {{ sums_of_weights('cells', 'strata') }}
    from cells
    inner join {{ ref('harmonised_strata') }} as strata
        on cells.stratum_id = strata.stratum_id
    inner join {{ ref('harmonised_statistics') }} as statistics
        on strata.wave = statistics.wave and cells.composite = statistics.question_id
    inner join {{ ref('harmonised_categories') }} as categories
        on
            {{ same('strata', 'categories', ['survey', 'wave']) }}
            and {{ same('cells', 'categories', ['breakdown', 'category_no']) }}
    where statistics.statistic = 'composite'
),

answers as (
    select
        statistic_id,
        domain_id,
        stratum_id,
        pattern_no,
        composite,
        wave,
        n,
        sum_weight,
        sum_weight_squared,
        {{ explode_list('questions') }} as question_id,
        {{ explode_list('codes') }} as code
    from patterns
)

select
    answers.statistic_id,
    answers.domain_id,
    answers.stratum_id,
    answers.pattern_no,
    answers.question_id,
    case
        when composite_item.is_reversed
            then scale.target_min + scale.target_max - {{ on_scale('code_frame.value', 'scale') }}
        else {{ on_scale('code_frame.value', 'scale') }}
    end as value,
    answers.n,
    answers.sum_weight,
    answers.sum_weight_squared
from answers
inner join {{ ref('composite_item') }} as composite_item
    on answers.composite = composite_item.composite and answers.question_id = composite_item.question_id
inner join {{ ref('harmonised_questions') }} as questions
    on answers.wave = questions.wave and answers.question_id = questions.question_id
inner join {{ ref('code_frame') }} as code_frame
    on questions.code_frame = code_frame.code_frame and answers.code = code_frame.code
left join {{ ref('scale') }} as scale
    on questions.code_frame = scale.code_frame
where code_frame.answer_kind = 'answer'
