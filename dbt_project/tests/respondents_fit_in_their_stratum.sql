-- Fails with strata that have more respondents than units: the finite population correction would turn negative.
select
    survey,
    wave,
    stratum,
    n_stratum,
    stratum_population
from {{ ref('harmonised_strata') }}
where n_stratum > stratum_population
