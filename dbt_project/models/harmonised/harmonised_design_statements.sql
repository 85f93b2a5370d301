-- What counts the design of one shard: the statements, in order, as they run on it in the place of the table of raw.
{%- set statements = [] %}
{%- for survey in surveys_in_shards() %}
{%- for part in parts_of(survey) %}
{%- do statements.extend(read_statements(survey, part, [part])) %}
{%- do statements.append((survey, part, 'counts', 'design', design_counts(survey, part))) %}
{%- endfor %}
{%- endfor %}
{{ rows_of_statements(statements) }}
