{#- The small extracts of places in rankings, which all have the same columns. -#}
{% macro staged_ranks(extract) -%}
select
    wave as edition,
    lower(trim(index)) as index,
    trim(country) as country,
    cast(trim(year) as integer) as year,
    cast(nullif(trim(rank), '') as integer) as rank,
    cast(nullif(trim(n_countries), '') as integer) as n_countries,
    cast(nullif(trim(score), '') as double) as score
from {{ extract }}
{%- endmacro %}
