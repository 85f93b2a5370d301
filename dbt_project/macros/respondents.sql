{#- The respondents of a survey: all tables of its deliveries, with categories, weight, answers and counts, in the form
    that estimate_cells() reads. What sets one survey apart from another stands in seeds/codebook. -#}
{% macro respondents(survey) %}
{%- set questions = questions_of(survey) %}
{%- set breakdowns = breakdowns_of(survey) %}
{%- set background = background_of_all_parts(survey) %}
{%- set codebook, by_id, closed = seed_codebook(), {}, {} %}
{%- for question in questions %}
    {%- do by_id.update({question.question_id: question}) %}
    {%- do closed.update({question.question_id: closed_filter(question, codebook)}) %}
{%- endfor %}
with delivered as (
    {%- for part in parts_of(survey) %}
    {%- set own = background_of(survey, part) | map(attribute='name') | list %}
    select
        {{ design_columns(survey, part) }},
        wave,
        respondent_no,
        {%- for column in background %}
        {% if column.name in own -%}
            {{ adapter.quote(column.name) }}
        {%- else -%}
            cast(null as {{ sql_type(column.data_type) }}) as {{ adapter.quote(column.name) }}
        {%- endif %},
        {%- endfor %}
        {%- for question in questions %}
        {{ answer_column(question, part) }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref(staging_name(survey, part)) }}
    where {{ weight_of(survey, part) }} > 0
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
    {{ code_column(question, closed[question.question_id]) }}
    {%- endfor %}
    {%- for count in counts_of(survey) %},
    {{ count_column(count, by_id, closed) }}
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
    {{ weight_of(survey, part) }} as weight
{%- endmacro %}

{#- The weight of a respondent: 1 in waves that deliver none. -#}
{% macro weight_of(survey, part) -%}
    {%- set delivered = background_of(survey, part) | selectattr('name', 'equalto', 'weight') | list -%}
    {%- if delivered -%}
        case when {{ in_waves('wave', delivered[0].rows) }} then weight else 1.0 end
    {%- else -%}
        cast(1 as double)
    {%- endif -%}
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
    {%- set square = '(cast(' ~ units ~ ' as hugeint) * cast(' ~ units ~ ' as hugeint))' -%}
    cast({{ square }} >> {{ bits }} as bigint) as weight_square_upper,
    cast({{ square }} & ((cast(1 as hugeint) << {{ bits }}) - 1) as bigint) as weight_square_lower
{%- endmacro %}

{#- The sums of weights, and of their squares, of cells that hold them in units. -#}
{% macro sums_of_weights(cells, strata) -%}
    {%- set square = joined_parts(cells ~ '.sum_square_upper', cells ~ '.sum_square_lower', strata ~ '.square_bits') -%}
    cast({{ cells }}.sum_weight_units as double) * pow(2, -{{ strata }}.weight_bits) as sum_weight,
    cast({{ square }} as double) * pow(2, -2 * {{ strata }}.weight_bits) as sum_weight_squared
{%- endmacro %}

{#- The whole number of up to 127 bits that square_parts() cut in two, or the sum of such. -#}
{% macro joined_parts(upper, lower, bits) -%}
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
