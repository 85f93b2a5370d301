{#- The columns that every respondent table has, in the form that estimate_cells() reads. -#}

{#- Weights, and their squares, as whole numbers of a unit that is a power of two: their sums do not depend on the
    order of adding, so that the same answers give the same bytes. A square of up to 124 bits stands in two columns,
    cut at strata.square_bits: the sum of either fits in 64 bits, which the engine reads and adds faster than 128. -#}
{% macro weight_units(weight) %}
    {%- set units = 'round(' ~ weight ~ ' * pow(2, strata.weight_bits))' %}
    cast({{ units }} as bigint) as weight_units,
    {{ square_parts(units, 'strata.square_bits') }}
{%- endmacro %}

{% macro square_parts(units, bits) -%}
    {{ return(adapter.dispatch('square_parts')(units, bits)) }}
{%- endmacro %}

{% macro duckdb__square_parts(units, bits) -%}
    {%- set square = '(cast(' ~ units ~ ' as hugeint) * cast(' ~ units ~ ' as hugeint))' -%}
    cast({{ square }} >> {{ bits }} as bigint) as weight_square_upper,
    cast({{ square }} & ((cast(1 as hugeint) << {{ bits }}) - 1) as bigint) as weight_square_lower
{%- endmacro %}

{#- The whole number of up to 127 bits that square_parts() cut in two, or the sum of such. -#}
{% macro joined_parts(upper, lower, bits) -%}
    {{ return(adapter.dispatch('joined_parts')(upper, lower, bits)) }}
{%- endmacro %}

{% macro duckdb__joined_parts(upper, lower, bits) -%}
    ((cast({{ upper }} as hugeint) << {{ bits }}) + cast({{ lower }} as hugeint))
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
    By wave: the same column can hold another question in another wave. Of a delivery of several tables, `part` says
    which of them is staged; the questions of the others are NULL. -#}
{% macro answer_columns(survey, staged, part=none) %}
    {%- for question_id, columns in questions_asked(survey, part) %}
    cast(
        {%- if columns %}
        case
            {%- for column_name, waves in columns %}
            when {{ staged }}.wave in ({{ waves | join(', ') }})
                then nullif(trim({{ staged }}.{{ adapter.quote(column_name) }}), '')
            {%- endfor %}
        end
        {%- else %}
        null
        {%- endif %} as smallint
    ) as {{ question_id }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{#- The code of what a column of labels says. -#}
{% macro code_of_label(survey, column_name, cell) %}
    {%- set query %}
        select distinct code_frame.code, code_frame.answer_nb
        from {{ ref('codebook') }} as codebook
        inner join {{ ref('code_frame') }} as code_frame
            on codebook.code_frame = code_frame.code_frame
        where codebook.survey = '{{ survey }}' and codebook.column_name = '{{ column_name }}'
        order by code_frame.code
    {%- endset %}
    cast(
        case lower({{ cell }})
            {%- for code, answer_nb in rows_of(query) %}
            when '{{ answer_nb | lower | replace("'", "''") }}' then {{ code }}
            {%- endfor %}
        end as smallint
    )
{%- endmacro %}
