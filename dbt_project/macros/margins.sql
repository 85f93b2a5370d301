{#- The margins that the weights of a survey are looked at in: [{name, category_no, is_of_kommune}]: everyone, each of its
    breakdowns and, where respondents have a kommune, each place of seeds/regions/place.csv whose categories have names
    and that no breakdown is made of. `category_no` is SQL. -#}
{% macro margins_of(survey, part) %}
    {% set result = [{'name': 'all', 'category_no': '1', 'is_of_kommune': false}] %}
    {% set breakdowns = breakdowns_of(survey) %}
    {% for breakdown in breakdowns %}
        {% do result.append({
            'name': breakdown.breakdown,
            'category_no': 'respondents.by_' ~ breakdown.breakdown,
            'is_of_kommune': false
        }) %}
    {% endfor %}
    {% set sources = breakdowns | map(attribute='source_column') | list %}
    {% for place in seed_place() if place.name_column and column_typed(survey, part, 'kommunenr') %}
        {% if place.source_column not in sources %}
            {% do result.append({
                'name': place.place,
                'category_no': 'cast(kommune.' ~ place.source_column ~ ' as integer)',
                'is_of_kommune': true
            }) %}
        {% endif %}
    {% endfor %}
    {{ return(result) }}
{% endmacro %}

{#- The respondents of a survey who came with a weight, counted and weighed by every margin: one row per stratum and
    category. -#}
{% macro margin_cells(survey, respondents) %}
{%- set counted = [] %}
{%- for part in weighted_parts(survey) %}
    {%- for margin in margins_of(survey, part) %}
        {%- do counted.append(cells_of_margin(survey, part, margin, respondents)) %}
    {%- endfor %}
{%- endfor %}
{{- counted | join('\n\n    union all\n') -}}
{% endmacro %}

{#- The parts of a survey's deliveries that come with weights. -#}
{% macro weighted_parts(survey) %}
    {% set found = [] %}
    {% for part in parts_of(survey) if has_background(survey, part, 'weight') %}
        {% do found.append(part) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{#- The same by one margin. -#}
{% macro cells_of_margin(survey, part, margin, respondents) -%}
    {%- set delivered = background_of(survey, part) | selectattr('name', 'equalto', 'weight') | first %}
    select
        respondents.stratum_id,
        '{{ margin.name }}' as margin,
        {{ margin.category_no }} as category_no,
        count(*) as n,
        sum(respondents.weight_units) as sum_weight_units,
        sum(respondents.weight_square_upper) as sum_square_upper,
        sum(respondents.weight_square_lower) as sum_square_lower,
        min(respondents.weight_units) as smallest_units,
        max(respondents.weight_units) as largest_units
    from {{ respondents }} as respondents
    {%- if margin.is_of_kommune %}
    inner join {{ ref('harmonised_kommune') }} as kommune
        on respondents.wave = kommune.year and respondents.kommunenr = kommune.kommunenr
    {%- endif %}
    where respondents.part = '{{ part }}' and {{ in_waves('respondents.wave', delivered.rows) }}
    group by all
{%- endmacro %}
