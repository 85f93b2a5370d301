{#- Whose category of a breakdown is not known because the delivery does not state what decides it. -#}

{#- [breakdown, condition] of a survey: the cell is blank where the codebook asks for one, or holds a code that stands
    for no answer. A value without a category is stated. -#}
{% macro unstated_conditions(survey) %}
    {% set query %}
        select
            breakdown.breakdown,
            coalesce(codebook.question_id, codebook.column_name) as decided_by,
            codebook.part,
            coalesce(filter.question_id, filter.column_name) as filtered_by,
            codebook.filter_code,
            codebook.blank_kind in ('ubesvart', 'ikke_oppgitt') or codebook.filter_code is not null as counts_blanks,
            string_agg(code_frame.code, ', ' order by code_frame.code) as no_answer_codes,
            codebook.wave
        from {{ ref('breakdown') }} as breakdown
        inner join {{ ref('harmonised_codebook') }} as codebook
            on breakdown.survey = codebook.survey and breakdown.delivered_column = codebook.column_name
        left join {{ ref('harmonised_codebook') }} as filter
            on
                codebook.survey = filter.survey
                and codebook.wave = filter.wave
                and codebook.part is not distinct from filter.part
                and codebook.filter_column = filter.column_name
        left join {{ ref('code_frame') }} as code_frame
            on codebook.code_frame = code_frame.code_frame and code_frame.answer_kind = 'ubesvart'
        where breakdown.survey = '{{ survey }}'
        group by all
        order by all
    {% endset %}
    {% set found = {} %}
    {% for row in rows_of(query) %}
        {% do found.setdefault(row[0], {}).setdefault(row.values()[1:7], []).append(row[7]) %}
    {% endfor %}
    {% set result = [] %}
    {% for breakdown, kinds in found.items() %}
        {% set conditions = [] %}
        {% for (decided_by, part, filtered_by, filter_code, counts_blanks, no_answer_codes), waves in kinds.items() %}
            {% set unstated = [] %}
            {% if counts_blanks %}
                {% do unstated.append(decided_by ~ ' is null') %}
            {% endif %}
            {% if no_answer_codes %}
                {% do unstated.append(decided_by ~ ' in (' ~ no_answer_codes ~ ')') %}
            {% endif %}
            {% set where = ['strata.wave in (' ~ waves | join(', ') ~ ')'] %}
            {% if part %}
                {% do where.append("strata.part = '" ~ part ~ "'") %}
            {% endif %}
            {% if filtered_by %}
                {% do where.append(filtered_by ~ ' = ' ~ filter_code) %}
            {% endif %}
            {% if unstated %}
                {% do conditions.append(where | join(' and ') ~ ' and (' ~ unstated | join(' or ') ~ ')') %}
            {% endif %}
        {% endfor %}
        {% if conditions %}
            {% do result.append([breakdown, conditions | join(' or ')]) %}
        {% endif %}
    {% endfor %}
    {{ return(result) }}
{% endmacro %}

{#- unstated: a list of the breakdowns whose category the respondent did not state, NULL in place of the others. -#}
{% macro unstated_column(survey) %}
    {%- set items = [] %}
    {%- for breakdown, condition in unstated_conditions(survey) %}
        {%- do items.append("case when " ~ condition ~ " then '" ~ breakdown ~ "' end") %}
    {%- endfor %}
    {{ text_list(items) }} as unstated
{%- endmacro %}

{#- A list of texts. -#}
{% macro text_list(items) -%}
    {{ return(adapter.dispatch('text_list')(items)) }}
{%- endmacro %}

{% macro duckdb__text_list(items) -%}
    cast([
        {%- for item in items %}
        {{ item }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    ] as varchar[])
{%- endmacro %}

{#- One row for each item of a list. -#}
{% macro explode_list(list) -%}
    {{ return(adapter.dispatch('explode_list')(list)) }}
{%- endmacro %}

{% macro duckdb__explode_list(list) -%}
    unnest({{ list }})
{%- endmacro %}
