{#- The answers of respondents, each under its question: codes, numbers, closed filters, and counts of items. -#}

{#- A question's answer as a part of the delivery holds it: its code, or its number. By wave: the same column can hold
    another question in another wave. NULL where the part, or the wave, does not ask. -#}
{% macro answer_column(question, part) -%}
    cast(
        {%- set columns = question.columns | selectattr('part', 'equalto', part) | list %}
        {%- if columns %}
        case
            {%- for column in columns %}
            when {{ in_waves('wave', column.rows) }}
                then {{ answer_cell(adapter.quote(column.name), column.rows[0]) }}
            {%- endfor %}
        end
        {%- else %}
        null
        {%- endif %} as {{ 'double' if question.is_number else 'smallint' }}
    ) as {{ question.question_id }}
{%- endmacro %}

{% macro answer_cell(cell, row) -%}
    {%- if row.data_type == 'label' -%}
        {{ code_of_label(cell, row.code_frame) }}
    {%- elif row.data_type == 'code' -%}
        {{ cell }}
    {%- else -%}
        {{ as_number(cell) }}
    {%- endif -%}
{%- endmacro %}

{#- A question's code. Of one that is answered by a number the code only tells that there is one, which stands beside it. -#}
{% macro code_column(survey, question) -%}
    {%- set answer = 'delivered.' ~ question.question_id %}
    {%- set closed = closed_filter(survey, question) %}
    {%- if closed or question.is_number -%}
    cast(
        case
            when {{ answer }} is not null then {{ '0' if question.is_number else answer }}
            {%- if closed %}
            when {{ closed }} then {{ var('filtered_code') }}
            {%- endif %}
        end as smallint
    ) as {{ question.question_id }}
    {%- else -%}
    {{ answer }}
    {%- endif %}
    {%- if question.is_number %},
    {{ answer }} as {{ number_of(question.question_id) }}
    {%- endif %}
{%- endmacro %}

{% macro number_of(question_id) %}
    {{- return(question_id ~ '__number') -}}
{% endmacro %}

{#- When a question is closed to a respondent by the answer to another; '' where nothing closes it. A blank that the
    codebook calls ikke_relevant says so itself. -#}
{% macro closed_filter(survey, question) %}
    {%- set conditions = [] %}
    {%- for column in question.columns %}
        {%- for row in column.rows if row.filter_column and row.blank_kind != 'ikke_relevant' %}
            {%- set filter = 'delivered.' ~ staged_as(filter_of(row)) %}
            {%- do conditions.append('(' ~ in_waves('delivered.wave', [row]) ~ ' and ' ~ filter ~ ' <> ' ~ row.filter_code ~ ')') %}
        {%- endfor %}
    {%- endfor %}
    {{- return(conditions | join(' or ')) -}}
{% endmacro %}

{#- The codebook row of the column that decides whether a question applies. -#}
{% macro filter_of(row) %}
    {% set found = [] %}
    {% for other in seed_codebook() if other.survey == row.survey and other.part == row.part %}
        {% if other.column_name == row.filter_column and (other.to_wave or row.from_wave) >= row.from_wave %}
            {% do found.append(other) %}
        {% endif %}
    {% endfor %}
    {{ return(found | first) }}
{% endmacro %}

{#- What a column is called once it is staged or answered. -#}
{% macro staged_as(row) %}
    {%- set own = row.column_name | lower if row.data_type == 'label' or not row.field else row.field %}
    {{- return(adapter.quote(row.question_id or own)) -}}
{% endmacro %}

{#- A count of items: the sum of their points, missing where not one of them is answered. A closed filter counts 0. -#}
{% macro count_column(survey, count) -%}
    {%- set by_id = {} %}
    {%- for question in questions_of(survey) %}
        {%- do by_id.update({question.question_id: question}) %}
    {%- endfor %}
    cast(
        case
            when
                {%- for item in count.members %}
                {%- set closed = closed_filter(survey, by_id[item.question_id]) %}
                {% if not loop.first %}or {% endif %}delivered.{{ item.question_id }} is not null
                {%- if closed %} or {{ closed }}{% endif %}
                {%- endfor %}
                then
                {%- for item in count.members %}
                {% if not loop.first %}+ {% endif %}{{ points_of('delivered.' ~ item.question_id, item.points) }}
                {%- endfor %}
        end as smallint
    ) as {{ count.question_id }}
{%- endmacro %}

{#- The points that a code gives, by seeds/indicators/points.csv. -#}
{% macro points_of(code, points) -%}
    case
        {%- for code_from, code_to, n_points in points %}
        when {{ code }} between {{ code_from }} and {{ code_to }} then {{ n_points }}
        {%- endfor %}
        else 0
    end
{%- endmacro %}
