{#- How likely a standard normal variable is at least as far from 0 as z. erfc is that of
    plugins/normal_distribution.py. -#}
{% macro two_sided_p(z) -%}
    erfc(abs({{ z }}) / sqrt(2.0))
{%- endmacro %}
