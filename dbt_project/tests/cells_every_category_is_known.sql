-- Fails with cells of a category number that no category has.
select
    survey,
    wave,
    breakdown,
    question_id,
    sum(n) as n_answers
from {{ ref('harmonised_estimate_cells') }}
where category is null
group by survey, wave, breakdown, question_id
