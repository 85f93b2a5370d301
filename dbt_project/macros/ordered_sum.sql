{#- A sum of fractions, added in a fixed order: another order would give another last digit. -#}
{% macro ordered_sum(term, order_by) -%}
    sum({{ term }} order by {{ order_by }})
{%- endmacro %}
