-- Fails with delivered cells that no codebook row says what to do with: their column is another wave's.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_codebook'}}}) }}
with unknown as (
    {%- for survey in seed_survey() | map(attribute='survey') %}
    {%- for part in parts_of(survey) %}
    {%- for column in delivered_columns(survey, part) %}
    select
        '{{ survey }}' as survey,
        wave,
        '{{ column.name }}' as column_name
    from {{ source('raw', raw_name(survey, part)) }}
    where trim({{ adapter.quote(column.name) }}) <> '' and not {{ in_waves('wave', column.rows) }}

    union all
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
    select
        survey,
        wave,
        column_name
    from {{ ref('harmonised_codebook') }}
    where false
)

select
    survey,
    wave,
    column_name,
    count(*) as n_answers
from unknown
group by survey, wave, column_name
