{#- What is counted of respondents: whole numbers that add up in any order, so that it makes no difference whether all
    respondents are counted as one table or shard by shard (pipelines/scale). There are counts of five kinds:
    answers, patterns (of the items of composites), margins (of weights), pairs (of categories) and unstated. -#}

{#- The columns of a kind. What is called n or sum_ is added, of smallest_ and largest_ the one is kept, and by all others it
    is grouped. -#}
{% macro counted_columns(kind) %}
    {% set sums = ['n', 'sum_weight_units', 'sum_square_upper', 'sum_square_lower'] %}
    {{ return({
        'answers': ['question_id', 'population', 'stratum_id', 'breakdown', 'category_no', 'code', 'number'] + sums,
        'patterns': ['composite', 'stratum_id', 'breakdown', 'category_no', 'questions', 'codes'] + sums,
        'margins': ['stratum_id', 'margin', 'category_no'] + sums + ['smallest_units', 'largest_units'],
        'pairs': [
            'survey', 'wave', 'breakdown', 'category_no', 'other_breakdown', 'other_category_no', 'is_of_same_column'
        ],
        'unstated': ['stratum_id', 'breakdown', 'n'],
    }[kind] | join(', ')) }}
{% endmacro %}

{#- All counts of a kind: of the respondents in tables, survey by survey, and of those in shards. Answers have a model of
    each survey, harmonised_cells_<survey>: the time to optimise a plan grows faster than the plan. -#}
{% macro counted(kind) -%}
    {%- for survey in surveys_of('respondents') %}
    {%- set counts = 'from ' ~ ref('harmonised_cells_' ~ survey) if kind == 'answers' else counts_in(kind, survey) %}
    {%- if counts %}
    select {{ counted_columns(kind) }} from (
        {{ counts }}
    )
    union all
    {%- endif %}
    {%- endfor %}
    select {{ counted_columns(kind) }}
    from {{ ref('harmonised_shard_cells') }}
    where counted = '{{ kind }}'
{%- endmacro %}

{#- The answers counted of a survey's respondents; of one of which nothing is estimated, none. -#}
{% macro cells(survey) -%}
    {%- set counts = counts_in('answers', survey) %}
    {%- if counts %}
    {{- counts }}
    {%- else -%}
    select {{ counted_columns('answers') }}
    from {{ ref('harmonised_shard_cells') }}
    where false
    {%- endif %}
{%- endmacro %}

{#- The counts of a kind in the respondents of a survey, as SQL; '' where there is nothing of the kind to count. -#}
{% macro counts_in(kind, survey) %}
    {% set respondents, counts = 'harmonised_respondents_' ~ survey, '' %}
    {% if kind == 'answers' and populations_of_questions(survey) %}
        {% set counts = estimate_cells(survey, ref(respondents)) %}
    {% elif kind == 'patterns' and composites_of(survey) %}
        {% set counts = composite_cells(survey, ref(respondents)) %}
    {% elif kind == 'margins' and weighted_parts(survey) %}
        {% set counts = margin_cells(survey, ref(respondents)) %}
    {% elif kind == 'pairs' and is_protected(survey) %}
        {% set counts = category_pairs(survey, ref(respondents)) %}
    {% elif kind == 'unstated' %}
        {% set counts = unstated_counts(ref(respondents)) %}
    {% endif %}
    {{ return(counts | trim) }}
{% endmacro %}

{#- The design of a table of deliveries: by stratum those with a weight above 0, who alone are in it, and those without. -#}
{% macro design_counts(survey, part) -%}
    select
        '{{ survey }}' as survey,
        wave,
        part,
        stratum,
        count(*) filter (where weight > 0) as n,
        count(*) filter (where coalesce(weight, 0) <= 0) as n_without_weight,
        count(delivered_size) filter (where weight > 0) as n_with_size,
        max(weight) filter (where weight > 0) as largest_weight,
        min(delivered_size) filter (where weight > 0) as smallest_size,
        max(delivered_size) filter (where weight > 0) as largest_size
    from (
        select
            {{ design_columns(survey, part) }},
            wave,
            {{ 'stratum_population' if has_background(survey, part, 'stratum_population') else 'cast(null as double)' }}
                as delivered_size
        from {{ ref(staging_name(survey, part)) }}
    )
    group by wave, part, stratum
{%- endmacro %}
