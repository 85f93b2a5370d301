{#- A value on the harmonised scale, by the row of seeds/scales/scale.csv of its frame; as it is where there is none. -#}
{% macro on_scale(value, scale) -%}
    case
        when {{ scale }}.code_frame is null then {{ value }}
        else
            {{ scale }}.target_min
            + ({{ value }} - {{ scale }}.source_min)
            * ({{ scale }}.target_max - {{ scale }}.target_min) / ({{ scale }}.source_max - {{ scale }}.source_min)
    end
{%- endmacro %}
