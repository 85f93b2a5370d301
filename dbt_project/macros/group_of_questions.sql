{#- What makes questions comparable with each other: those of a group, of the same people, told by the same number. -#}
{% macro group_of_questions() -%}
    survey, wave, population, item_group, statistic, answer
{%- endmacro %}
