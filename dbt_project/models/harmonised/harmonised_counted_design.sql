-- The design of every wave as it is counted: one row per stratum, with those who have no weight and are not in it.
with counted as (
    {%- for survey in surveys_of('respondents') %}
    {%- for part in parts_of(survey) %}
    {{ design_counts(survey, part) }}

    union all
    {%- endfor %}
    {%- endfor %}
    select
        survey,
        wave,
        part,
        stratum,
        n,
        n_without_weight,
        n_with_size,
        largest_weight,
        smallest_size,
        largest_size
    from {{ ref('harmonised_shard_design') }}
)

select
    survey,
    wave,
    part,
    stratum,
    cast(sum(n) as bigint) as n,
    cast(sum(n_without_weight) as bigint) as n_without_weight,
    cast(sum(n_with_size) as bigint) as n_with_size,
    max(largest_weight) as largest_weight,
    min(smallest_size) as smallest_size,
    max(largest_size) as largest_size
from counted
group by survey, wave, part, stratum
