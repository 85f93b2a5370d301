{#- One end of the 95 % interval of an estimate, '-' or '+': of a mean the normal one; of a share the same on the logit
    scale (R's svyciprop, "xlogit"), and where nobody or everybody gave the answer the exact one-sided limit of as many
    independent answers. Of a full count nothing is left to be uncertain of there. -#}
{% macro interval_end(sign, estimates, statistics, survey) -%}
    {%- set p, reach = estimates ~ '.estimate', sign ~ ' ' ~ var('normal_quantile') ~ ' * ' ~ estimates ~ '.std_error' %}
    {%- set edge = 'pow(' ~ var('tail_probability') ~ ', 1.0 / ' ~ estimates ~ '.n_answers)' %}
    case
        when {{ statistics }}.statistic <> 'share' then {{ p }} {{ reach }}
        when {{ p }} > 0 and {{ p }} < 1
            then 1 / (1 + exp(-(ln({{ p }} / (1 - {{ p }})) {{ reach }} / ({{ p }} * (1 - {{ p }})))))
        when not {{ survey }}.is_census
            then case when {{ p }} = 0 then {{ '0.0' if sign == '-' else '1 - ' ~ edge }} else {{ edge if sign == '-' else '1.0' }} end
    end
{%- endmacro %}
