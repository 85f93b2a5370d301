-- Whether an estimate can be compared with that of the wave before it that asked the same.
-- One row per wave and question that the wave asked someone, and kind of statistic.
with asked as (
    select distinct
        bases.wave,
        bases.question_id,
        bases.code_frame,
        scale.scale
    from {{ ref('harmonised_estimate_cells') }} as cells
    inner join {{ ref('harmonised_bases') }} as bases
        on cells.base_id = bases.base_id
    left join {{ ref('scale') }} as scale
        on bases.code_frame = scale.code_frame
    where cells.answer_kind not in ('ikke_spurt', 'filtrert')
),

previous as (
    select
        *,
        lag(wave) over of_question as previous_wave,
        lag(code_frame) over of_question as previous_code_frame,
        lag(scale) over of_question as previous_scale
    from asked
    window of_question as (partition by question_id order by wave)
),

-- A break counts in the first wave in use after it, also when the wave it is declared for is not in use.
broken as (
    select
        previous.wave,
        previous.question_id,
        max_by(series_break.reason_nb, series_break.wave) as reason_nb
    from previous
    inner join {{ ref('series_break') }} as series_break
        on previous.question_id = series_break.question_id
    where
        previous.wave >= series_break.wave
        and coalesce(previous.previous_wave, previous.wave - 1) < series_break.wave
    group by previous.wave, previous.question_id
),

statistics as (
    select distinct
        question_id,
        statistic
    from {{ ref('harmonised_statistics') }}
)

select
    previous.wave,
    previous.question_id,
    statistics.statistic,
    previous.previous_wave,
    case
        when broken.wave is not null then false
        -- Means are converted to one scale. A share of the answers of one scale has no equal on another.
        when statistics.statistic = 'share' and previous.code_frame <> previous.previous_code_frame then false
        when statistics.statistic <> 'share' and previous.scale <> previous.previous_scale then false
        when previous.previous_wave is not null then true
    end as comparable_with_previous,
    case
        when broken.wave is not null then broken.reason_nb
        when
            (statistics.statistic = 'share' and previous.code_frame <> previous.previous_code_frame)
            or (statistics.statistic <> 'share' and previous.scale <> previous.previous_scale)
            then 'Svarene ble gitt på en annen skala i bølgen før'
    end as break_reason_nb
from previous
inner join statistics
    on previous.question_id = statistics.question_id
left join broken
    on previous.wave = broken.wave and previous.question_id = broken.question_id
