{#- Stage one of the estimates, of one survey: how many gave each answer, and their weights.
    One row per question, population, stratum_id, breakdown, category_no, code and, of questions answered by one, number.

    A respondent is read once per question, not once per breakdown: breakdowns with few categories are counted
    together, in cells of all their combinations, and the cells are added up afterwards. Grouping by small whole
    numbers only, the engine counts in arrays instead of hashing. -#}
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
    with finest as materialized (
    {%- for asked in populations_of_questions(survey) %}
    {%- set answer = [asked.question_id] + ([number_of(asked.question_id)] if asked.question_id in numbers else []) %}
        select
            '{{ asked.question_id }}' as question_id,
            '{{ asked.population }}' as population,
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
        where
            {% if asked.part %}part = '{{ asked.part }}'{% else %}true{% endif %}
            {%- if asked.rules %}
            and (
                {%- for rule in asked.rules %}
                {% if not loop.first %}or {% endif %}{{ rule.question_id }} between {{ rule.code_from }} and {{ rule.code_to }}
                {%- endfor %}
            )
            {%- endif %}
        group by grouping sets (
            {%- for set in sets or [[]] %}
            ({{ (['stratum_id'] + set + answer) | join(', ') }}){% if not loop.last %},{% endif %}
            {%- endfor %}
        )
        {%- if not loop.last %}
        union all
        {%- endif %}
    {%- endfor %}
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
