{#- Every column of a relation but the named ones, as it is. -#}
{% macro columns_but(leave_out) -%}
    {{ return(adapter.dispatch('columns_but')(leave_out)) }}
{%- endmacro %}

{% macro duckdb__columns_but(leave_out) -%}
    * exclude ({{ leave_out | join(', ') }})
{%- endmacro %}
