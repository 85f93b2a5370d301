-- Figures of official statistics as they were fetched (seeds/sources), typed; the tables all have the same columns.
{%- set tables = [] %}
{%- for survey in surveys_of('statistics') %}
{%- for name in fetched_as(survey) %}
{%- do tables.append([survey, name]) %}
{%- endfor %}
{%- endfor %}
{%- for survey, name in tables %}
select
    '{{ survey }}' as source,
    '{{ name }}' as delivered_as,
    wave as edition,
    table_id,
    concept,
    nullif(trim(concept_nb), '') as concept_nb,
    region,
    category,
    nullif(trim(category_nb), '') as category_nb,
    period as period_code,
    {{ typed('value', 'number') }} as value,
    lower(unit) as unit,
    nullif(trim(status), '') as status,
    nullif(trim(secondary_source), '') as secondary_source,
    nullif(trim(url), '') as url,
    nullif(trim(note), '') as remark_nb
from {{ source('raw', 'extract_load').incorporate(path={'identifier': name}) }}
{% if not loop.last %}union all{% endif %}
{%- endfor %}
