-- Fails with answers without a kind (a code outside its frame), and substantive ones without a value.
select
    survey,
    wave,
    question_id,
    code,
    sum(n) as n_answers
from {{ ref('harmonised_estimate_cells') }}
where breakdown = 'all' and (answer_kind is null or (answer_kind = 'answer') <> (value is not null))
group by survey, wave, question_id, code
