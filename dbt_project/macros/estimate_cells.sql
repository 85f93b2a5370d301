{#- Stage one of the estimates, of one survey: how many gave each answer, and their weights.
    One row per question, population, stratum_id, breakdown, category_no, code and, of questions answered by one, number.

    A respondent is read once per question, not once per breakdown or population: breakdowns with few categories, and all
    populations, are counted together, in cells of all their combinations, and the cells are added up afterwards.
    Grouping by small whole numbers only, the engine counts in arrays instead of hashing. -#}
{% macro estimate_cells(survey, respondents) %}
{%- set most_combinations = 64 %}
{%- set sets = [] %}
{%- set rooms = [] %}
{%- for row in breakdowns_of(survey) %}
    {#- One more than the categories: some respondents have none. A region has more than fit with others. -#}
    {%- set n_categories = row.ranges | length + 1 if row.ranges else most_combinations %}
    {%- set fitting = namespace(set=none) %}
    {%- for room in rooms if fitting.set is none and n_categories <= room %}
        {%- set fitting.set = rooms.index(room) %}
    {%- endfor %}
    {%- if fitting.set is none %}
        {%- do sets.append(['by_' ~ row.breakdown]) %}
        {%- do rooms.append(most_combinations // n_categories) %}
    {%- else %}
        {%- do sets[fitting.set].append('by_' ~ row.breakdown) %}
        {%- do rooms.insert(fitting.set, rooms.pop(fitting.set) // n_categories) %}
    {%- endif %}
{%- endfor %}
{%- set columns = sets | sum(start=[]) %}
{%- set numbers = questions_of(survey) | selectattr('is_number') | map(attribute='question_id') | list %}
{%- set asked_of = {} %}
{%- for asked in populations_of_questions(survey) %}
    {%- do asked_of.setdefault(asked.question_id, []).append(asked) %}
{%- endfor %}
    with counted as materialized (
    {%- for question_id, populations in asked_of.items() %}
    {%- set answer = [question_id] + ([number_of(question_id)] if question_id in numbers else []) %}
    {%- set in_several = populations | length > 1 %}
        select
            '{{ question_id }}' as question_id,
            {{ bits_of(populations) if in_several else 1 }} as in_populations,
            stratum_id,
            {%- for column in columns %}
            {{ column }},
            {%- endfor %}
            {%- for set in sets %}
            grouping({{ set[0] }}) = 0 as in_{{ set[0] }},
            {%- endfor %}
            {{ answer[0] }} as code,
            {{ answer[1] if answer[1:] else 'cast(null as double)' }} as number,
            count(*) as n,
            sum(weight_units) as sum_weight_units,
            sum(weight_square_upper) as sum_square_upper,
            sum(weight_square_lower) as sum_square_lower
        from {{ respondents }}
        where {{ 'in_populations <> 0' if in_several else is_in(populations[0]) }}
        group by grouping sets (
            {%- for set in sets or [[]] %}
            ({{ (['stratum_id'] + (['in_populations'] if in_several else []) + set + answer) | join(', ') }}){% if not loop.last %},{% endif %}
            {%- endfor %}
        )
        {%- if not loop.last %}
        union all
        {%- endif %}
    {%- endfor %}
    ),

    populations (question_id, population, bit) as (
        values
        {%- for question_id, populations in asked_of.items() %}
        {%- set is_last = loop.last %}
        {%- for asked in populations %}
        ('{{ question_id }}', '{{ asked.population }}', {{ 2 ** loop.index0 }}){% if not (is_last and loop.last) %},{% endif %}
        {%- endfor %}
        {%- endfor %}
    ),

    finest as materialized (
        select
            counted.* exclude (in_populations),
            populations.population
        from counted
        inner join populations
            on counted.question_id = populations.question_id and counted.in_populations & populations.bit <> 0
    )
    {%- for set in sets %}
    {%- for column in set %}
    select
        question_id,
        population,
        stratum_id,
        '{{ column[3:] }}' as breakdown,
        {{ column }} as category_no,
        code,
        number,
        sum(n) as n,
        sum(sum_weight_units) as sum_weight_units,
        sum(sum_square_upper) as sum_square_upper,
        sum(sum_square_lower) as sum_square_lower
    from finest
    where in_{{ set[0] }} and {{ column }} is not null
    group by question_id, population, stratum_id, {{ column }}, code, number
    union all
    {%- endfor %}
    {%- endfor %}
    select
        question_id,
        population,
        stratum_id,
        'all' as breakdown,
        1 as category_no,
        code,
        number,
        sum(n) as n,
        sum(sum_weight_units) as sum_weight_units,
        sum(sum_square_upper) as sum_square_upper,
        sum(sum_square_lower) as sum_square_lower
    from finest
    where {{ 'in_' ~ sets[0][0] if sets else 'true' }}
    group by question_id, population, stratum_id, code, number
{% endmacro %}

{#- Which of the populations a respondent belongs to: a bit for each, in their order. -#}
{% macro bits_of(populations) -%}
    cast(
        {%- for asked in populations %}
        {% if not loop.first %}+ {% endif %}case when {{ is_in(asked) }} then {{ 2 ** loop.index0 }} else 0 end
        {%- endfor %} as {{ 'smallint' if populations | length < 15 else 'bigint' }}
    )
{%- endmacro %}

{#- Whether a respondent belongs to a population: of its part, and by any of its rules. -#}
{% macro is_in(asked) -%}
    {%- set conditions = ["part = '" ~ asked.part ~ "'"] if asked.part else [] %}
    {%- set rules = [] %}
    {%- for rule in asked.rules %}
        {%- do rules.append(rule.question_id ~ ' between ' ~ rule.code_from ~ ' and ' ~ rule.code_to) %}
    {%- endfor %}
    {%- if rules %}
        {%- do conditions.append('(' ~ rules | join(' or ') ~ ')') %}
    {%- endif %}
    {{- '(' ~ (conditions | join(' and ') or 'true') ~ ')' -}}
{%- endmacro %}
