-- What each count question can reach in a wave in use.
select
    measures.survey,
    measures.wave,
    measures.question_id,
    measures.question_nb,
    measures.n_items,
    measures.value_max
from {{ ref('harmonised_count_measures') }} as measures
inner join {{ ref('harmonised_waves') }} as waves
    on measures.survey = waves.survey and measures.wave = waves.wave
