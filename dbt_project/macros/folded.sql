{#- What two texts share that a reader takes for the same: case and the number of blanks do not count. -#}
{% macro folded(text) -%}
    lower(trim(regexp_replace(nfc_normalize({{ text }}), '[\s\p{Z}]+', ' ', 'g')))
{%- endmacro %}
