{#- Which categories of each two breakdowns of a survey the same respondents are in. -#}
{% macro category_pairs(survey, respondents) %}
{%- set pairs = [] %}
{%- set breakdowns = breakdowns_of(survey) %}
{%- for breakdown in breakdowns %}
    {%- for other in breakdowns if breakdown.breakdown < other.breakdown %}
        {%- do pairs.append((breakdown, other)) %}
    {%- endfor %}
{%- endfor %}
{%- for breakdown, other in pairs %}
    select distinct
        '{{ survey }}' as survey,
        wave,
        '{{ breakdown.breakdown }}' as breakdown,
        by_{{ breakdown.breakdown }} as category_no,
        '{{ other.breakdown }}' as other_breakdown,
        by_{{ other.breakdown }} as other_category_no,
        {{ 'true' if breakdown.source_column == other.source_column else 'false' }} as is_of_same_column
    from {{ respondents }}
    where by_{{ breakdown.breakdown }} is not null or by_{{ other.breakdown }} is not null
    {%- if not loop.last %}

    union all
    {%- endif %}
{%- endfor %}
{% endmacro %}
