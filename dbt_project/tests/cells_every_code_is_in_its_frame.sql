-- Fails with answers without a kind (a code outside its frame), and substantive ones without a value.
select
    base_id,
    code,
    sum(n) as n_answers
from {{ ref('harmonised_estimate_cells') }}
where answer_kind is null or (answer_kind = 'answer') <> (value is not null)
group by base_id, code
