{#- A code's value on the harmonised scale, from its row of code_frame and, where its frame has one, of scale. -#}
{% macro harmonised_value(code_frame, scale) -%}
    case
        when {{ scale }}.code_frame is null then {{ code_frame }}.value
        else
            {{ scale }}.target_min
            + ({{ code_frame }}.value - {{ scale }}.source_min)
            * ({{ scale }}.target_max - {{ scale }}.target_min) / ({{ scale }}.source_max - {{ scale }}.source_min)
    end
{%- endmacro %}
