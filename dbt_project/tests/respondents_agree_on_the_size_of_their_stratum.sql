-- Warns with strata whose respondents name different sizes, or of whom only some name one: the largest counts, which
-- makes no error too small. The door says it, too, and names the file; one file does not stop all surveys.
{{ config(severity='warn') }}
select
    wave,
    stratum,
    count(*) as n_respondents,
    count(stratum_population) as n_with_size,
    min(stratum_population) as smallest,
    max(stratum_population) as largest
from {{ ref('stg_dfo_innbygger__respondents') }}
where weight > 0
group by wave, stratum
having
    min(stratum_population) <> max(stratum_population)
    or count(stratum_population) not in (0, count(*))
