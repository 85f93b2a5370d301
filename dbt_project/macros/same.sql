{#- Rows of two tables that are the same in these columns, none of them NULL: the natural keys at the borders, where the
    ids of harmonised do not reach. -#}
{% macro same(left, right, columns) -%}
    {%- for column in columns %}
    {{ left }}.{{ column }} = {{ right }}.{{ column }}{% if not loop.last %} and{% endif %}
    {%- endfor %}
{%- endmacro %}
