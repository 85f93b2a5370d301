-- Fails with waves of which a row of the extract is neither in the design nor counted as without a weight.
select
    survey,
    wave,
    n_rows,
    n_respondents,
    n_without_weight
from {{ ref('harmonised_waves') }}
where n_rows <> n_respondents + n_without_weight
