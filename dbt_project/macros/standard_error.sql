{#- The standard error of an estimate from its linearised variable, summed over strata; NULL with one answer. `factor` is
    the column of harmonised_strata that each stratum's variance is multiplied by. -#}
{% macro standard_error(linearised, factor) -%}
    {%- set spread = linearised ~ '.sum_z_squared - strata.centring_factor * ' ~ linearised ~ '.sum_z * ' ~ linearised ~ '.sum_z' %}
    case
        when sum({{ linearised }}.n_answers) > 1
            then sqrt(greatest(
                {{ ordered_sum('strata.' ~ factor ~ ' * (' ~ spread ~ ')', linearised ~ '.stratum_id') }}, 0
            ))
    end
{%- endmacro %}
