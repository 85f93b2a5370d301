{#- What makes questions comparable with each other: those of a group, of the same people, told by the same number. -#}
{% macro group_of_questions() -%}
    levels.survey, levels.wave, levels.population, levels.item_group, levels.statistic, levels.answer
{%- endmacro %}
