-- What changed most from one wave to the next: comparable questions of whole populations, the largest change first.
select
    survey,
    population,
    population_nb,
    population_en,
    question_no,
    question_id,
    question_nb,
    question_en,
    statistic,
    answer_no,
    answer,
    answer_nb,
    answer_en,
    scale,
    previous_wave,
    wave,
    estimate,
    change,
    change_p_value,
    row_number() over (
        partition by survey, wave, statistic
        order by abs(change) desc, question_no asc, answer_no asc
    )::integer as place,
    is_synthetic
from views.time_series
where breakdown = 'all' and is_comparable_with_previous and change is not null
