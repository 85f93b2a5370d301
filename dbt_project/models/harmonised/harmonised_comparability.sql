-- Whether a question can be compared with the wave before it that asked the same, by the declared breaks in series.
-- One row per survey, wave and question that the wave asked someone.
with asked as (
    select distinct
        survey,
        wave,
        question_id
    from {{ ref('harmonised_answers') }}
    where answer_kind not in ('ikke_spurt', 'filtrert')
),

previous as (
    select
        survey,
        wave,
        question_id,
        lag(wave) over (partition by survey, question_id order by wave) as previous_wave
    from asked
)

-- A break counts in the first wave in use after it, also when the wave it is declared for is not in use.
select
    previous.survey,
    previous.wave,
    previous.question_id,
    previous.previous_wave,
    case
        when max(series_break.wave) is not null then false
        when previous.previous_wave is not null then true
    end as comparable_with_previous
from previous
left join {{ ref('series_break') }} as series_break
    on
        previous.survey = series_break.survey
        and previous.question_id = series_break.question_id
        and series_break.wave <= previous.wave
        and series_break.wave > coalesce(previous.previous_wave, previous.wave - 1)
group by previous.survey, previous.wave, previous.question_id, previous.previous_wave
