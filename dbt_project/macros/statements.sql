{#- What is counted of a shard, as data: the SQL of models, which a worker runs with the shard in the place of a table of
    raw (pipelines/scale/statements.py). -#}

{#- The surveys whose shards are counted where they lie. Of those whose answers are carried to other divisions every
    respondent is needed, and there are no more of them than kommuner: their shards are read as tables. -#}
{% macro surveys_in_shards() %}
    {% set found, panels = [], panel_surveys() %}
    {% for survey in surveys_of('respondents') if survey not in panels %}
        {% do found.append(survey) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{#- How a worker reads a shard of a part of a delivery: its table in raw, those of the other parts without rows, and what
    staging makes of them. -#}
{% macro read_statements(survey, part, parts) %}
    {% set found = [] %}
    {% for other in parts %}
        {% set step = 'shard' if other == part else 'table' %}
        {% do found.append((survey, part, step, source('raw', raw_name(survey, other)), no_rows(survey, other))) %}
        {% do found.append((survey, part, 'view', ref(staging_name(survey, other)), staged(survey, other))) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{#- A table of raw, without its rows. -#}
{% macro no_rows(survey, part) -%}
    select
        cast(null as integer) as wave,
        cast(null as bigint) as row_number
        {%- for column in delivered_columns(survey, part) %},
        cast(null as varchar) as {{ adapter.quote(column.name) }}
        {%- endfor %}
    where false
{%- endmacro %}

{#- Statements (survey, part, step, name, sql) as rows, numbered in their order. -#}
{% macro rows_of_statements(statements) -%}
    {%- for survey, part, step, name, sql in statements %}
    select
        '{{ survey }}' as survey,
        '{{ part }}' as part,
        {{ loop.index }} as position,
        '{{ step }}' as step,
        $name${{ name }}$name$ as name,
        $sql${{ sql }}$sql$ as sql
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
