{#- What the seeds say of a survey, as lists that models write their columns from. Empty while dbt parses. -#}

{#- Rows of a query that the text of a model depends on. -#}
{% macro rows_of(query) %}
    {{ return(run_query(query).rows if execute else []) }}
{% endmacro %}

{#- The questions of a survey's extracts: [question_id, [(column name, the waves in which it holds the answer)]].
    Of one table of the delivery, the others' questions have no column. -#}
{% macro questions_asked(survey, part=none) %}
    {% set query %}
        select question_id, column_name, wave, part
        from {{ ref('harmonised_codebook') }}
        where survey = '{{ survey }}' and role = 'answer'
        order by question_id, column_name, wave
    {% endset %}
    {% set columns_of = {} %}
    {% for row in rows_of(query) %}
        {% set columns = columns_of.setdefault(row[0], {}) %}
        {% if part is none or row[3] == part %}
            {% do columns.setdefault(row[1], []).append(row[2]) %}
        {% endif %}
    {% endfor %}
    {% set result = [] %}
    {% for question_id, columns in columns_of.items() %}
        {% do result.append([question_id, columns.items() | list]) %}
    {% endfor %}
    {{ return(result) }}
{% endmacro %}

{#- The breakdowns of a survey but the whole: [breakdown, source_column, [(category_no, from, to)]]. -#}
{% macro breakdowns_of(survey) %}
    {% set query %}
        select breakdown.breakdown, breakdown.source_column, category.source_from, category.source_to
        from {{ ref('breakdown') }} as breakdown
        left join {{ ref('category') }} as category
            on breakdown.survey = category.survey and breakdown.breakdown = category.breakdown
        where breakdown.survey = '{{ survey }}' and breakdown.source_column is not null
        order by breakdown.breakdown, category.source_from
    {% endset %}
    {% set found = {} %}
    {% for row in rows_of(query) %}
        {% set ranges = found.setdefault(row[0], [row[1], []])[1] %}
        {% if row[2] is not none %}
            {% do ranges.append([ranges | length + 1, row[2], row[3]]) %}
        {% endif %}
    {% endfor %}
    {% set result = [] %}
    {% for breakdown, source in found.items() %}
        {% do result.append([breakdown, source[0], source[1]]) %}
    {% endfor %}
    {{ return(result) }}
{% endmacro %}

{#- What is estimated: [question_id, population, part, [(rule question, code_from, code_to)]]; no rule: everyone
    of the part, and without a part everyone. -#}
{% macro populations_of_questions(survey) %}
    {% set query %}
        select distinct
            question.question_id,
            estimate.population,
            population.part,
            population_rule.question_id as rule_question_id,
            population_rule.code_from,
            population_rule.code_to
        from {{ ref('question') }} as question
        inner join {{ ref('estimate') }} as estimate
            on question.survey = estimate.survey and question.item_group = estimate.item_group
        inner join {{ ref('population') }} as population
            on estimate.population = population.population and estimate.survey = population.survey
        left join {{ ref('population_rule') }} as population_rule
            on estimate.population = population_rule.population
        where question.survey = '{{ survey }}'
        order by all
    {% endset %}
    {% set found = {} %}
    {% for row in rows_of(query) %}
        {% set rules = found.setdefault((row[0], row[1], row[2]), []) %}
        {% if row[3] is not none %}
            {% do rules.append([row[3], row[4], row[5]]) %}
        {% endif %}
    {% endfor %}
    {% set result = [] %}
    {% for key, rules in found.items() %}
        {% do result.append([key[0], key[1], key[2], rules]) %}
    {% endfor %}
    {{ return(result) }}
{% endmacro %}

{#- The questions that estimates or their populations are made of. -#}
{% macro questions_in_estimates(survey) %}
    {% set found = [] %}
    {% for question_id, population, part, rules in populations_of_questions(survey) %}
        {% for name in [question_id] + (rules | map(attribute=0) | list) %}
            {% if name not in found %}
                {% do found.append(name) %}
            {% endif %}
        {% endfor %}
    {% endfor %}
    {{ return(found | sort) }}
{% endmacro %}
