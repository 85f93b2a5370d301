-- Fails with codes and names that stand for several countries: a row of a ranking would be counted for each of them.
{{ config(meta={'dagster': {'ref': {'name': 'country'}}}) }}
with known as (
    {%- for code in ['country', 'country_2', 'country_iso2', 'country_name'] %}
    select
        country,
        {{ folded(code) }} as known_as
    from {{ ref('country') }}
    union all
    {%- endfor %}
    select
        country,
        {{ folded('alias') }} as known_as
    from {{ ref('country_alias') }}
)

select
    known_as,
    min(country) as country,
    max(country) as other_country
from known
group by known_as
having count(distinct country) > 1
