{#- Whose category of a breakdown is not known because the delivery does not state what decides it. -#}

{#- [(breakdown, condition)] of a survey: the cell is blank where the codebook asks for one, or holds a code that stands
    for no answer. A value without a category is stated. -#}
{% macro unstated_conditions(survey) %}
    {% set result, codebook = [], seed_codebook() %}
    {% for breakdown in seed_breakdown() | sort(attribute='breakdown') if breakdown.survey == survey and breakdown.delivered_column %}
        {% set conditions = [] %}
        {% for row in codebook if row.survey == survey and row.column_name == breakdown.delivered_column %}
            {% set unstated = unstated_values(row) %}
            {% if unstated %}
                {% set asked = [in_waves('delivered.wave', [row])] %}
                {% if row.part %}
                    {% do asked.append("delivered.part = '" ~ row.part ~ "'") %}
                {% endif %}
                {% if row.filter_column %}
                    {% set open = [] %}
                    {% for where, filter in filters_of(row, codebook) %}
                        {% do open.append('(' ~ where ~ ' and ' ~ filter ~ ' = ' ~ row.filter_code ~ ')') %}
                    {% endfor %}
                    {% do asked.append('(' ~ open | join(' or ') ~ ')') %}
                {% endif %}
                {% do conditions.append(asked | join(' and ') ~ ' and (' ~ unstated | join(' or ') ~ ')') %}
            {% endif %}
        {% endfor %}
        {% if conditions %}
            {% do result.append((breakdown.breakdown, conditions | join(' or '))) %}
        {% endif %}
    {% endfor %}
    {{ return(result) }}
{% endmacro %}

{#- What a cell holds that states nothing. -#}
{% macro unstated_values(row) %}
    {% set unstated = [] %}
    {% set decided_by = 'delivered.' ~ staged_as(row) %}
    {% if row.blank_kind in ('ubesvart', 'ikke_oppgitt') or row.filter_code %}
        {% do unstated.append(decided_by ~ ' is null') %}
    {% endif %}
    {% set codes = no_answer_codes(seed_code_frame(), [row.code_frame]) %}
    {% if codes %}
        {% do unstated.append(decided_by ~ ' in (' ~ codes | join(', ') ~ ')') %}
    {% endif %}
    {{ return(unstated) }}
{% endmacro %}

{#- unstated: a list of the breakdowns whose category the respondent did not state, NULL in place of the others. -#}
{% macro unstated_column(survey) %}
    {%- set items = [] %}
    {%- for breakdown, condition in unstated_conditions(survey) %}
        {%- do items.append("case when " ~ condition ~ " then '" ~ breakdown ~ "' end") %}
    {%- endfor %}
    {{- text_list(items) }} as unstated
{%- endmacro %}

{#- A list of texts. -#}
{% macro text_list(items) -%}
    cast([
        {%- for item in items %}
        {{ item }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    ] as varchar[])
{%- endmacro %}

{#- One row for each item of a list. -#}
{% macro explode_list(list) -%}
    unnest({{ list }})
{%- endmacro %}

{#- How many respondents stated no category, by stratum and breakdown. -#}
{% macro unstated_counts(respondents) %}
    select
        stratum_id,
        breakdown,
        count(*) as n
    from (
        select
            stratum_id,
            {{ explode_list('unstated') }} as breakdown
        from {{ respondents }}
    )
    where breakdown is not null
    group by stratum_id, breakdown
{% endmacro %}
