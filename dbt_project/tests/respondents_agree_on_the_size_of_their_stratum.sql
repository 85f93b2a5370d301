-- Warns with strata whose respondents name different sizes, or of whom only some name one: the largest counts, which
-- makes no error too small. The door says it, too, and names the file; one file does not stop all surveys.
{{ config(severity='warn') }}
select
    survey,
    wave,
    part,
    stratum,
    n as n_respondents,
    n_with_size,
    smallest_size,
    largest_size
from {{ ref('harmonised_counted_design') }}
where n > 0 and (smallest_size <> largest_size or n_with_size not in (0, n))
