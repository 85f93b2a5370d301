{#- One row for each integer from first to last. -#}
{% macro explode_range(first, last) -%}
    cast(unnest(generate_series({{ first }}, {{ last }})) as integer)
{%- endmacro %}
