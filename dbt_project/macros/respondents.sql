{#- The respondents of a survey: all tables of its deliveries, with categories, weight, answers and counts, in the form
    that estimate_cells() reads. What sets one survey apart from another stands in seeds/codebook. -#}
{% macro respondents(survey) %}
{%- set questions = questions_of(survey) %}
{%- set breakdowns = breakdowns_of(survey) %}
{%- set background = background_of_all_parts(survey) %}
with delivered as (
    {%- for part in parts_of(survey) %}
    select
        {{ design_columns(survey, part) }},
        wave,
        respondent_no,
        {%- for column in background %}
        {% if has_background(survey, part, column.name) -%}
            {{ adapter.quote(column.name) }}
        {%- else -%}
            cast(null as {{ sql_type(column.data_type) }}) as {{ adapter.quote(column.name) }}
        {%- endif %},
        {%- endfor %}
        {%- for question in questions %}
        {{ answer_column(question, part) }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref(staging_name(survey, part)) }}
    {%- if has_background(survey, part, 'weight') %}
    where weight > 0
    {%- endif %}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select
    delivered.part,
    delivered.wave,
    delivered.respondent_no,
    {%- for column in background if column.data_type in ('kommunenr', 'kommune_population') %}
    delivered.{{ adapter.quote(column.name) }},
    {%- endfor %}
    strata.stratum_id,
    {{ weight_units('delivered.weight') }},
    {%- for breakdown in breakdowns %}
    {{ category_column(breakdown, source_of(breakdown.source_column, background, questions)) }},
    {%- endfor %}
    {{ unstated_column(survey) }}
    {%- for question in questions %},
    {{ code_column(survey, question) }}
    {%- endfor %}
    {%- for count in counts_of(survey) %},
    {{ count_column(survey, count) }}
    {%- endfor %}
from delivered
inner join {{ ref('harmonised_strata') }} as strata
    on strata.survey = '{{ survey }}' and {{ same('delivered', 'strata', ['wave', 'part', 'stratum']) }}
{%- if background | selectattr('name', 'equalto', 'kommunenr') | list %}
left join {{ ref('harmonised_kommune') }} as kommune
    on delivered.wave = kommune.year and delivered.kommunenr = kommune.kommunenr
{%- endif %}
{% endmacro %}

{#- The columns beside the answers that the tables of a survey's deliveries have between them, each once; not those of
    the design. -#}
{% macro background_of_all_parts(survey) %}
    {% set found = {} %}
    {% for part in parts_of(survey) %}
        {% for column in background_of(survey, part) %}
            {% if column.name not in ('weight', 'stratum', 'stratum_population') %}
                {% do found.setdefault(column.name, column) %}
            {% endif %}
        {% endfor %}
    {% endfor %}
    {{ return(found.values() | list) }}
{% endmacro %}

{#- How a respondent is in the sample: the part of the delivery, the stratum and the weight. -#}
{% macro design_columns(survey, part) -%}
    '{{ part }}' as part,
    {% if has_background(survey, part, 'stratum') -%}
        coalesce(stratum, 'alle')
    {%- else -%}
        '{{ part or 'alle' }}'
    {%- endif %} as stratum,
    {% if has_background(survey, part, 'weight') %}weight{% else %}cast(1 as double){% endif %} as weight
{%- endmacro %}

{#- Weights, and their squares, as whole numbers of a unit that is a power of two: their sums do not depend on the
    order of adding, so that the same answers give the same bytes. A square of up to 124 bits stands in two columns,
    cut at strata.square_bits: the sum of either fits in 64 bits, which the engine reads and adds faster than 128. -#}
{% macro weight_units(weight) -%}
    {%- set units = 'round(' ~ weight ~ ' * pow(2, strata.weight_bits))' -%}
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

{#- Where the value lies that decides a category: with the respondent, or with the kommune. -#}
{% macro source_of(column, background, questions) %}
    {% set own = (background | map(attribute='name') | list) + (questions | map(attribute='question_id') | list) %}
    {{ return(('delivered.' if column in own else 'kommune.') ~ adapter.quote(column)) }}
{% endmacro %}

{#- by_<breakdown>: the number of the respondent's category in seeds/codebook/category.csv, or the region's number. -#}
{% macro category_column(breakdown, source) -%}
    cast(
        {%- if breakdown.ranges %}
        case
            {%- for category_no, source_from, source_to in breakdown.ranges %}
            when {{ source }} >= {{ source_from }}
                {%- if source_to is not none %} and {{ source }} <= {{ source_to }}{% endif %} then {{ category_no }}
            {%- endfor %}
        end
        {%- else %}
        {{ source }}
        {%- endif %} as smallint
    ) as by_{{ breakdown.breakdown }}
{%- endmacro %}

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
