{#- What the seeds say of a survey, as lists that models write their SQL from. The rows come from the seed_* macros
    of pipelines/transform/seed_macros.py: no query is asked while dbt compiles. -#}

{#- The surveys of a kind (seeds/codebook/survey.csv) that have a codebook, in the order of the seed. -#}
{% macro surveys_of(kind) %}
    {% set described = seed_codebook() | map(attribute='survey') | unique | list %}
    {% set found = [] %}
    {% for row in seed_survey() if row.kind == kind and row.survey in described %}
        {% do found.append(row.survey) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{#- What is fetched that reads as deliveries of a survey (seeds/sources/resource.csv): its tables in schema raw. -#}
{% macro fetched_as(survey) %}
    {% set found = [] %}
    {% for row in seed_resource() if row.reads_as == survey %}
        {% do found.append(row.source ~ '_' ~ row.resource) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{#- The tables that a survey's deliveries consist of, '' where it is one. -#}
{% macro parts_of(survey) %}
    {% set found = [] %}
    {% for row in seed_codebook() if row.survey == survey and (row.part or '') not in found %}
        {% do found.append(row.part or '') %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{#- The name of one table of a survey's deliveries in schema raw, and of its model in staging. -#}
{% macro raw_name(survey, part) %}
    {{ return(survey ~ ('_' ~ part if part else '')) }}
{% endmacro %}
{% macro staging_name(survey, part) %}
    {{ return('stg_' ~ survey ~ ('__' ~ part if part else '')) }}
{% endmacro %}

{#- The columns that a table of a survey's deliveries may have, in codebook order: [{name, rows}], rows as in the codebook. -#}
{% macro delivered_columns(survey, part) %}
    {% set found = {} %}
    {% for row in seed_codebook() if row.survey == survey and (row.part or '') == part %}
        {% do found.setdefault(row.column_name | lower, []).append(row) %}
    {% endfor %}
    {% set result = [] %}
    {% for name, rows in found.items() %}
        {% do result.append({'name': name, 'rows': rows}) %}
    {% endfor %}
    {{ return(result) }}
{% endmacro %}

{#- Those that later layers may use: not the ignored ones, nor who a respondent is, for which no later layer has use. -#}
{% macro columns_of(survey, part) %}
    {% set result = [] %}
    {% for column in delivered_columns(survey, part) %}
        {% set rows = column.rows | rejectattr('role', 'equalto', 'ignored') | list %}
        {% if rows and rows[0].data_type not in ('respondent_id', 'unlinked_respondent_id') %}
            {% do result.append({'name': column.name, 'rows': rows}) %}
        {% endif %}
    {% endfor %}
    {{ return(result) }}
{% endmacro %}

{#- What is known of a respondent, a country or a goal beside the answers: [{name, column, data_type, rows}], `name` as
    staging calls it. A column that comes as a label is there twice: its code, and under its field the label. -#}
{% macro background_of(survey, part) %}
    {% set result = [] %}
    {% for column in columns_of(survey, part) %}
        {% set rows = column.rows | rejectattr('role', 'equalto', 'answer') | list %}
        {% if rows %}
            {% set row = rows[0] %}
            {% set of_column = {'column': column.name, 'data_type': row.data_type, 'rows': rows} %}
            {% if row.data_type == 'label' and row.field %}
                {% do result.append(dict(of_column, name=row.field, data_type='text')) %}
            {% endif %}
            {% set own_name = not row.field or row.data_type == 'label' %}
            {% do result.append(dict(of_column, name=column.name if own_name else row.field)) %}
        {% endif %}
    {% endfor %}
    {{ return(result) }}
{% endmacro %}

{#- The name that staging gives to the column of a data type, none where no column has it. -#}
{% macro column_typed(survey, part, data_type) %}
    {{ return(background_of(survey, part) | selectattr('data_type', 'equalto', data_type) | map(attribute='name') | first) }}
{% endmacro %}

{#- Whether staging has a column of this name. -#}
{% macro has_background(survey, part, name) %}
    {{ return(name in (background_of(survey, part) | map(attribute='name') | list)) }}
{% endmacro %}

{#- The questions of a survey's extracts: [{question_id, is_number, columns: [{part, name, rows}]}], sorted. -#}
{% macro questions_of(survey) %}
    {% set found = {} %}
    {% for part in parts_of(survey) %}
        {% for column in columns_of(survey, part) %}
            {% for row in column.rows if row.role == 'answer' %}
                {% set columns = found.setdefault(row.question_id, {}) %}
                {% do columns.setdefault((part, column.name), []).append(row) %}
            {% endfor %}
        {% endfor %}
    {% endfor %}
    {% set result = [] %}
    {% for question_id, columns in found.items() | sort %}
        {% set of_question = {'question_id': question_id, 'columns': [], 'is_number': false} %}
        {% for (part, name), rows in columns.items() %}
            {% do of_question.columns.append({'part': part, 'name': name, 'rows': rows}) %}
            {% do of_question.update(is_number=rows[0].data_type not in ('code', 'label')) %}
        {% endfor %}
        {% do result.append(of_question) %}
    {% endfor %}
    {{ return(result) }}
{% endmacro %}

{#- The codes of frames that stand for no answer, each once. -#}
{% macro no_answer_codes(code_frames, frames) %}
    {% set codes = [] %}
    {% for row in code_frames if row.code_frame in frames and row.answer_kind == 'ubesvart' and row.code not in codes %}
        {% do codes.append(row.code) %}
    {% endfor %}
    {{ return(codes) }}
{% endmacro %}

{#- The waves of codebook rows as a condition. -#}
{% macro in_waves(wave, rows) %}
    {%- set spans = [] %}
    {%- for row in rows %}
        {%- set to_wave = ' and ' ~ wave ~ ' <= ' ~ row.to_wave if row.to_wave else '' %}
        {%- do spans.append('(' ~ wave ~ ' >= ' ~ row.from_wave ~ to_wave ~ ')') %}
    {%- endfor %}
    {{- return('(' ~ spans | join(' or ') ~ ')') -}}
{% endmacro %}

{#- The counts of a survey: [{question_id, members: [{question_id, points: [(code_from, code_to, points)]}]}]. -#}
{% macro counts_of(survey) %}
    {% set result, every_point = [], seed_points() %}
    {% set asked = questions_of(survey) | map(attribute='question_id') | list %}
    {% set questions = seed_question() | selectattr('survey', 'equalto', survey) | list %}
    {% for count in seed_count_question() if count.question_id in questions | map(attribute='question_id') %}
        {% set items = [] %}
        {% for question in questions if question.item_group == count.counted_group and question.question_id in asked %}
            {% set points = [] %}
            {% for row in every_point if row.points_frame == question.points_frame %}
                {% do points.append((row.code_from, row.code_to, row.points)) %}
            {% endfor %}
            {% do items.append({'question_id': question.question_id, 'points': points}) %}
        {% endfor %}
        {% do result.append({'question_id': count.question_id, 'members': items}) %}
    {% endfor %}
    {{ return(result) }}
{% endmacro %}

{#- The breakdowns of a survey but the whole: [{breakdown, source_column, ranges: [(category_no, from, to)]}]. -#}
{% macro breakdowns_of(survey) %}
    {% set categories = seed_category() | selectattr('survey', 'equalto', survey) | list %}
    {% set result = [] %}
    {% for row in seed_breakdown() | sort(attribute='breakdown') if row.survey == survey and row.source_column %}
        {% set sources = [] %}
        {% for category in categories if category.breakdown == row.breakdown %}
            {% do sources.append((category.source_from | int, category.source_from, category.source_to)) %}
        {% endfor %}
        {% set ranges = [] %}
        {% for order, source_from, source_to in sources | sort %}
            {% do ranges.append((loop.index, source_from, source_to)) %}
        {% endfor %}
        {% do result.append({'breakdown': row.breakdown, 'source_column': row.source_column, 'ranges': ranges}) %}
    {% endfor %}
    {{ return(result) }}
{% endmacro %}

{#- What is estimated: [{question_id, population, part, rules: [population_rule]}]; no rule: everyone of the part, and
    without a part everyone. -#}
{% macro populations_of_questions(survey) %}
    {% set found = {} %}
    {% set estimates = seed_estimate() | selectattr('survey', 'equalto', survey) | list %}
    {% for question in seed_question() if question.survey == survey %}
        {% for estimate in estimates if estimate.item_group == question.item_group %}
            {% do found.setdefault((question.question_id, estimate.population), true) %}
        {% endfor %}
    {% endfor %}
    {% set populations = {} %}
    {% for row in seed_population() if row.survey == survey %}
        {% do populations.update({row.population: row.part}) %}
    {% endfor %}
    {% set known = questions_of(survey) + counts_of(survey) %}
    {% set known = known | map(attribute='question_id') | list %}
    {% set result, every_rule = [], seed_population_rule() %}
    {% for question_id, population in found | sort if question_id in known %}
        {% set rules = every_rule | selectattr('population', 'equalto', population) | list %}
        {% do result.append({
            'question_id': question_id, 'population': population, 'part': populations[population], 'rules': rules
        }) %}
    {% endfor %}
    {{ return(result) }}
{% endmacro %}

{#- The composites of a survey of which it asks any item: [{composite, members: [question_id]}], items that a wave asked. -#}
{% macro composites_of(survey) %}
    {% set asked = questions_of(survey) | map(attribute='question_id') | list %}
    {% set result, every_item = [], seed_composite_item() %}
    {% for composite in seed_composite() if composite.survey == survey %}
        {% set items = [] %}
        {% for row in every_item if row.composite == composite.composite and row.question_id in asked %}
            {% do items.append(row.question_id) %}
        {% endfor %}
        {% if items %}
            {% do result.append({'composite': composite.composite, 'members': items}) %}
        {% endif %}
    {% endfor %}
    {{ return(result) }}
{% endmacro %}

{#- Whether a rule on disclosure hides anything of a survey. -#}
{% macro is_protected(survey) %}
    {% set thresholds = seed_disclosure_rule() | selectattr('survey', 'equalto', survey) | map(attribute='threshold') | map('int') | list %}
    {{ return(thresholds and thresholds | max > 1) }}
{% endmacro %}
