{#- Every column of a relation but the named ones becomes a row, empty ones too. -#}
{% macro unpivot_columns(relation, keep, leave_out, name_column, value_column) -%}
    {{ return(adapter.dispatch('unpivot_columns')(relation, keep, leave_out, name_column, value_column)) }}
{%- endmacro %}

{% macro duckdb__unpivot_columns(relation, keep, leave_out, name_column, value_column) -%}
    select *
    from (select * exclude ({{ leave_out | join(', ') }}) from {{ relation }})
    unpivot include nulls (
        {{ value_column }} for {{ name_column }} in (columns(* exclude ({{ keep | join(', ') }})))
    )
{%- endmacro %}
