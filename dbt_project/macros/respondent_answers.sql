{#- The answers of respondents, each under its question: codes, numbers, closed filters, and counts of items. -#}

{#- A question's answer as a part of the delivery holds it: its code, or its number. By wave: the same column can hold
    another question in another wave. NULL where the part, or the wave, does not ask. -#}
{% macro answer_column(question, part) -%}
    cast(
        {%- set columns = question.columns | selectattr('part', 'equalto', part) | list %}
        {%- if columns %}
        case
            {%- for column in columns %}
            {%- for row in column.rows %}
            when {{ in_waves('wave', [row]) }}
                then {{ answer_cell(adapter.quote(column.name), row) }}
            {%- endfor %}
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
        cast({{ cell }} as smallint)
    {%- else -%}
        {{ as_number(cell) }}
    {%- endif -%}
{%- endmacro %}

{#- A question's code. Of one that is answered by a number the code only tells that there is one, which stands beside it. -#}
{% macro code_column(question, closed) -%}
    {%- set answer = 'delivered.' ~ question.question_id %}
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
{% macro closed_filter(question, codebook) %}
    {%- set conditions = [] %}
    {%- for column in question.columns %}
        {%- for row in column.rows if row.filter_column and row.blank_kind != 'ikke_relevant' %}
            {%- for where, filter in filters_of(row, codebook) %}
                {%- do conditions.append('(' ~ where ~ ' and ' ~ filter ~ ' <> ' ~ row.filter_code ~ ')') %}
            {%- endfor %}
        {%- endfor %}
    {%- endfor %}
    {{- return(conditions | join(' or ')) -}}
{% endmacro %}

{#- What decides whether a codebook row's question applies: [(of whom it is known, their answer)], one for each row of the
    column that filters it, which can hold one question in some waves and another in others. -#}
{% macro filters_of(row, codebook) %}
    {% set found = [] %}
    {% for other in codebook if other.column_name == row.filter_column %}
        {% if other.survey == row.survey and other.part == row.part and overlap(row, other) %}
            {% set where = [in_waves('delivered.wave', [row]), in_waves('delivered.wave', [other])] %}
            {% if row.part %}
                {% do where.append("delivered.part = '" ~ row.part ~ "'") %}
            {% endif %}
            {% do found.append((where | join(' and '), 'delivered.' ~ staged_as(other))) %}
        {% endif %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{#- Whether two codebook rows hold in the same wave. -#}
{% macro overlap(one, other) %}
    {% set last_of_one, last_of_other = one.to_wave or other.from_wave, other.to_wave or one.from_wave %}
    {{ return(one.from_wave <= last_of_other and other.from_wave <= last_of_one) }}
{% endmacro %}

{#- What a column is called once it is staged or answered. -#}
{% macro staged_as(row) %}
    {%- set own = row.column_name | lower if row.data_type == 'label' or not row.field else row.field %}
    {{- return(adapter.quote(row.question_id or own)) -}}
{% endmacro %}

{#- A count of items: the sum of their points, missing where not one of them is answered. A closed filter counts 0.
    `by_id` holds the questions, `closed` what closes them. -#}
{% macro count_column(count, by_id, closed) -%}
    {%- set code_frames = seed_code_frame() %}
    cast(
        case
            when
                {%- for item in count.members %}
                {% if not loop.first %}or {% endif %}{{ is_answered(by_id[item.question_id], code_frames) }}
                {%- if closed[item.question_id] %} or {{ closed[item.question_id] }}{% endif %}
                {%- endfor %}
                then
                {%- for item in count.members %}
                {% if not loop.first %}+ {% endif %}{{ points_of('delivered.' ~ item.question_id, item.points) }}
                {%- endfor %}
        end as smallint
    ) as {{ count.question_id }}
{%- endmacro %}

{#- Whether the respondent answered: with a code that stands for an answer, or for not knowing one. -#}
{% macro is_answered(question, code_frames) -%}
    {%- set frames = question.columns | map(attribute='rows') | sum(start=[]) | map(attribute='code_frame') | list %}
    {%- set none_codes = no_answer_codes(code_frames, frames) %}
    {%- set answer = 'delivered.' ~ question.question_id -%}
    {%- if none_codes -%}
        ({{ answer }} is not null and {{ answer }} not in ({{ none_codes | join(', ') }}))
    {%- else -%}
        {{ answer }} is not null
    {%- endif -%}
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
