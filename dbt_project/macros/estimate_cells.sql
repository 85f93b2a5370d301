{#- Stage one of the estimates, of one survey: how many gave each answer, and their weights.
    One row per question, population, design_no, breakdown, category_no and code.

    A respondent is read once per question, not once per breakdown: breakdowns with few categories are counted
    together, in cells of all their combinations, and the cells are added up afterwards. Grouping by small whole
    numbers only, the engine counts in arrays instead of hashing. -#}
{% macro estimate_cells(survey, respondents) %}
{%- set most_combinations = 64 %}
{%- set sets = [] %}
{%- set rooms = [] %}
{%- for breakdown, source_column, ranges in breakdowns_of(survey) %}
    {#- One more than the categories: some respondents have none. A region has more than fit with others. -#}
    {%- set n_categories = ranges | length + 1 if ranges else most_combinations %}
    {%- set fitting = namespace(set=none) %}
    {%- for room in rooms if fitting.set is none and n_categories <= room %}
        {%- set fitting.set = rooms.index(room) %}
    {%- endfor %}
    {%- if fitting.set is none %}
        {%- do sets.append(['by_' ~ breakdown]) %}
        {%- do rooms.append(most_combinations // n_categories) %}
    {%- else %}
        {%- do sets[fitting.set].append('by_' ~ breakdown) %}
        {%- do rooms.insert(fitting.set, rooms.pop(fitting.set) // n_categories) %}
    {%- endif %}
{%- endfor %}
{%- set columns = sets | sum(start=[]) %}
select
    '{{ survey }}' as survey,
    question_id,
    population,
    design_no,
    breakdown,
    category_no,
    code,
    n,
    sum_weight_units,
    sum_square_upper,
    sum_square_lower
from (
    with finest as materialized (
    {%- for question_id, population, part, rules in populations_of_questions(survey) %}
        select
            '{{ question_id }}' as question_id,
            '{{ population }}' as population,
            design_no,
            {%- for column in columns %}
            {{ column }},
            {%- endfor %}
            {%- for set in sets %}
            grouping({{ set[0] }}) = 0 as in_{{ set[0] }},
            {%- endfor %}
            {{ question_id }} as code,
            count(*) as n,
            sum(weight_units) as sum_weight_units,
            sum(weight_square_upper) as sum_square_upper,
            sum(weight_square_lower) as sum_square_lower
        from {{ respondents }}
        where
            {% if part %}part = '{{ part }}'{% else %}true{% endif %}
            {%- if rules %}
            and (
                {%- for rule_question_id, code_from, code_to in rules %}
                {% if not loop.first %}or {% endif %}{{ rule_question_id }} between {{ code_from }} and {{ code_to }}
                {%- endfor %}
            )
            {%- endif %}
        group by grouping sets (
            {%- for set in sets %}
            (design_no, {{ set | join(', ') }}, {{ question_id }}){% if not loop.last %},{% endif %}
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
        design_no,
        '{{ column[3:] }}' as breakdown,
        {{ column }} as category_no,
        code,
        sum(n) as n,
        sum(sum_weight_units) as sum_weight_units,
        sum(sum_square_upper) as sum_square_upper,
        sum(sum_square_lower) as sum_square_lower
    from finest
    where in_{{ set[0] }} and {{ column }} is not null
    group by question_id, population, design_no, {{ column }}, code
    union all
    {%- endfor %}
    {%- endfor %}
    select
        question_id,
        population,
        design_no,
        'all' as breakdown,
        1 as category_no,
        code,
        sum(n) as n,
        sum(sum_weight_units) as sum_weight_units,
        sum(sum_square_upper) as sum_square_upper,
        sum(sum_square_lower) as sum_square_lower
    from finest
    where in_{{ columns[0] }}
    group by question_id, population, design_no, code
)
{% endmacro %}
