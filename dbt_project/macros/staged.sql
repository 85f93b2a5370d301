{#- One table of a survey's deliveries, typed by its codebook; nothing is decided here. The answers stay as delivered:
    the same column can hold another question in another wave. Without whom a respondent is. -#}
{% macro staged(survey, part='') %}
{%- set table = source('raw', raw_name(survey, part)) -%}
select
    wave,
    row_number as respondent_no
    {%- for background in background_of(survey, part) %},
    {{ typed_by_wave(background) }} as {{ adapter.quote(background.name) }}
    {%- endfor %}
    {%- for column in columns_of(survey, part) if column.rows | selectattr('role', 'equalto', 'answer') | list %},
    nullif(trim({{ adapter.quote(column.name) }}), '') as {{ adapter.quote(column.name) }}
    {%- endfor %}
from {{ delivered(survey, table) }}
{% endmacro %}

{#- The rows of a table of raw. Of a survey whose kommuner are carried to other divisions every answer is needed: what lies
    in shards is read from the view beside the table, which a unit test does not have. -#}
{% macro delivered(survey, table) %}
    {%- if execute and survey in panel_surveys() and not table.is_cte %}
        {{- return(
            '(from ' ~ table ~ ' union all by name from '
            ~ table.incorporate(path={'identifier': table.identifier ~ '_shards'}) ~ ')'
        ) }}
    {%- endif %}
    {{- return(table) }}
{% endmacro %}

{#- A column of the background as values. Labels are read by the frame of their wave. -#}
{% macro typed_by_wave(background) %}
    {%- set cell, data_type = adapter.quote(background.column), background.data_type %}
    {%- if data_type != 'label' or background.rows | map(attribute='code_frame') | unique | list | length == 1 -%}
        {{ typed(cell, data_type, background.rows[0].code_frame) }}
    {%- else -%}
        case
            {%- for row in background.rows %}
            when {{ in_waves('wave', [row]) }} then {{ typed(cell, data_type, row.code_frame) }}
            {%- endfor %}
        end
    {%- endif -%}
{% endmacro %}

{#- A cell as a value of its data type, NULL where it is blank. -#}
{% macro typed(cell, data_type, code_frame=none) %}
    {%- set filled = "nullif(trim(" ~ cell ~ "), '')" %}
    {%- if data_type == 'label' -%}
        {{ code_of_label(filled, code_frame) }}
    {%- elif data_type == 'kommunenr' -%}
        lpad({{ filled }}, 4, '0')
    {%- elif data_type == 'score_or_dot' -%}
        cast(nullif({{ filled }}, '.') as double)
    {%- elif sql_type(data_type) == 'varchar' -%}
        {{ filled }}
    {%- elif sql_type(data_type) == 'integer' -%}
        cast({{ as_number(filled) }} as integer)
    {%- else -%}
        {{ as_number(filled) }}
    {%- endif -%}
{% endmacro %}

{#- A number as people write it: with a decimal comma, and 136.0 where it is whole. -#}
{% macro as_number(text) -%}
    cast(replace({{ text }}, ',', '.') as double)
{%- endmacro %}

{#- The type of a value of a data type of the codebook. -#}
{% macro sql_type(data_type) %}
    {%- if data_type in ('number', 'non_negative_number', 'share', 'weight', 'stratum_size', 'score_or_dot', 'score_1_3') %}
        {{- return('double') }}
    {%- elif data_type in ('code', 'label', 'kommune_population', 'positive_integer')
        or data_type.startswith('integer_') or data_type.startswith('year_') %}
        {{- return('integer') }}
    {%- endif %}
    {{- return('varchar') -}}
{% endmacro %}

{#- The code of what a column of labels says. -#}
{% macro code_of_label(label, code_frame) -%}
    case lower({{ label }})
        {%- for row in seed_code_frame() if row.code_frame == code_frame %}
        when '{{ row.answer_nb | lower | replace("'", "''") }}' then {{ row.code }}
        {%- endfor %}
    end
{%- endmacro %}
