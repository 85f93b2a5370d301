-- One row per survey or delivery and wave in use, however many files it came in.
select
    survey,
    wave,
    cast(sum(n_rows) as integer) as n_rows,
    max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
from {{ ref('harmonised_extracts') }}
where is_in_use
group by survey, wave
