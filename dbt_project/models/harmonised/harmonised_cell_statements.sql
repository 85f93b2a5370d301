-- What counts the respondents of one shard: the statements, in order, as they run on it in the place of the table of raw.
{%- set statements = [] %}
{%- for survey in surveys_in_shards() %}
{%- set counting = [('table', ref('harmonised_respondents_' ~ survey), respondents(survey))] %}
{%- for kind in ['answers', 'patterns', 'margins', 'pairs', 'unstated'] %}
{%- set counts = counts_in(kind, survey) %}
{%- if counts %}
{%- do counting.append(('counts', kind, counts)) %}
{%- endif %}
{%- endfor %}
{%- for part in parts_of(survey) %}
{%- do statements.extend(read_statements(survey, part, parts_of(survey))) %}
{%- for step, name, sql in counting %}
{%- do statements.append((survey, part, step, name, sql)) %}
{%- endfor %}
{%- endfor %}
{%- endfor %}
{{ rows_of_statements(statements) }}
