-- Fails with cells of a category number that no category has.
select
    base_id,
    stratum_id,
    sum(n) as n_answers
from {{ ref('harmonised_estimate_cells') }}
where domain_id is null
group by base_id, stratum_id
