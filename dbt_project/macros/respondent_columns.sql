{#- The columns that every respondent table has, in the form that estimate_cells() reads. -#}

{#- Weights, and their squares, as whole numbers of a unit that is a power of two: their sums do not depend on the
    order of adding, so that the same answers give the same bytes. -#}
{% macro weight_units(weight) %}
    cast(round({{ weight }} * pow(2, strata.weight_bits)) as bigint) as weight_units,
    {{ large_integer('round(' ~ weight ~ ' * pow(2, strata.weight_bits))') }}
    * {{ large_integer('round(' ~ weight ~ ' * pow(2, strata.weight_bits))') }} as weight_units_squared
{%- endmacro %}

{#- A whole number of up to 127 bits. -#}
{% macro large_integer(number) -%}
    {{ return(adapter.dispatch('large_integer')(number)) }}
{%- endmacro %}

{% macro duckdb__large_integer(number) -%}
    cast({{ number }} as hugeint)
{%- endmacro %}

{#- by_<breakdown>: the number of the respondent's category in seeds/codebook/category.csv, or the region's number. -#}
{% macro category_columns(survey) %}
    {%- for breakdown, source_column, ranges in breakdowns_of(survey) %}
    cast(
        {%- if ranges %}
        case
            {%- for category_no, source_from, source_to in ranges %}
            when {{ source_column }} >= {{ source_from }}
                {%- if source_to is not none %} and {{ source_column }} <= {{ source_to }}{% endif %} then {{ category_no }}
            {%- endfor %}
        end
        {%- else %}
        {{ source_column }}
        {%- endif %} as smallint
    ) as by_{{ breakdown }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{#- The answers of staged columns, each under its question; a question not asked in a wave is NULL there.
    By wave: the same column can hold another question in another wave. -#}
{% macro answer_columns(survey, staged) %}
    {%- for question_id, columns in questions_asked(survey) %}
    cast(
        case
            {%- for column_name, waves in columns %}
            when {{ staged }}.wave in ({{ waves | join(', ') }})
                then nullif(trim({{ staged }}.{{ adapter.quote(column_name) }}), '')
            {%- endfor %}
        end as smallint
    ) as {{ question_id }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}
