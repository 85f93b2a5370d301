{#- How many of a survey's respondents answered the items of each composite together in the same way, and their weights.
    One row per composite, stratum_id, breakdown, category_no and pattern of codes: what a mean of several questions
    varies by needs to know who answered which of them together. -#}
{% macro composite_cells(survey, respondents) %}
{%- for composite in composites_of(survey) %}
    {%- set is_last = loop.last %}
    {%- for breakdown in ['all'] + (breakdowns_of(survey) | map(attribute='breakdown') | list) %}
    {%- set category_no = '1' if breakdown == 'all' else 'by_' ~ breakdown %}
    select
        '{{ composite.composite }}' as composite,
        stratum_id,
        '{{ breakdown }}' as breakdown,
        {{ category_no }} as category_no,
        {{ text_list(quoted_texts(composite.members)) }} as questions,
        {{ code_list(composite.members) }} as codes,
        count(*) as n,
        sum(weight_units) as sum_weight_units,
        sum(weight_square_upper) as sum_square_upper,
        sum(weight_square_lower) as sum_square_lower
    from {{ respondents }}
    where {{ category_no }} is not null and coalesce({{ composite.members | join(', ') }}) is not null
    group by all
    {%- if not (is_last and loop.last) %}

    union all
    {%- endif %}
    {%- endfor %}
{%- endfor %}
{% endmacro %}

{% macro quoted_texts(texts) %}
    {%- set found = [] %}
    {%- for text in texts %}
        {%- do found.append("'" ~ text ~ "'") %}
    {%- endfor %}
    {{- return(found) -}}
{% endmacro %}

{#- A list of codes. -#}
{% macro code_list(items) -%}
    cast([{{ items | join(', ') }}] as smallint[])
{%- endmacro %}
