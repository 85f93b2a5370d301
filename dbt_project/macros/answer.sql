{#- The kind of an answer: of a code, of a filter that is closed, of a blank. `question` is a row of harmonised_questions or
    harmonised_bases, joined with its rows of code_frame and scale under these names. -#}
{% macro answer_kind(code, question) -%}
    case
        when {{ code }} is null then {{ question }}.blank_kind
        when {{ code }} = {{ var('filtered_code') }} then 'filtrert'
        when {{ question }}.is_count or {{ question }}.is_number then 'answer'
        else code_frame.answer_kind
    end
{%- endmacro %}

{#- The value of an answer on the harmonised scale: of a code, of a count, which is its own, or of a number. -#}
{% macro answer_value(code, number, question) -%}
    case
        when {{ code }} = {{ var('filtered_code') }} then null
        when {{ question }}.is_count then cast({{ code }} as double)
        when {{ question }}.is_number then {{ on_scale(number, 'scale') }}
        else {{ on_scale('code_frame.value', 'scale') }}
    end
{%- endmacro %}
