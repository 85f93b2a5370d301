{#- What is carried to other divisions of the country: the surveys of kommuner, whose questions have a rule for merging. -#}

{#- The surveys that have such questions. -#}
{% macro panel_surveys() %}
    {% set found = [] %}
    {% for survey in surveys_of('respondents') if questions_to_merge(survey) %}
        {% do found.append(survey) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{#- Those questions of a survey. -#}
{% macro questions_to_merge(survey) %}
    {% set with_rule = seed_question() | selectattr('merge_rule') | map(attribute='question_id') | list %}
    {% set found = [] %}
    {% for question in questions_of(survey) if question.question_id in with_rule %}
        {% do found.append(question) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}
