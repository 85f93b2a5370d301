{#- A weighted mean, added in a fixed order as deviations from `origin`, the lowest value: where all are alike, it is exactly
    that value. -#}
{% macro ordered_mean(value, weight, origin, order_by) -%}
    max({{ origin }})
    + {{ ordered_sum(weight ~ ' * (' ~ value ~ ' - ' ~ origin ~ ')', order_by) }}
    / {{ ordered_sum(weight, order_by) }}
{%- endmacro %}
