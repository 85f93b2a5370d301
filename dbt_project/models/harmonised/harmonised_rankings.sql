-- Countries' places and scores in international comparisons, one row per index, country and year.
{%- set fields = [
    'index', 'country', 'country_name', 'year', 'rank', 'n_countries', 'score', 'variable', 'life_event'
] %}
with names as (
    select
        country,
        {{ folded('country_name') }} as name
    from {{ ref('country') }}
    union
    select
        country,
        {{ folded('alias') }} as name
    from {{ ref('country_alias') }}
),

delivered as (
    {%- for survey in surveys_of('countries') %}
    select
        '{{ survey }}' as survey,
        wave as edition
        {%- for field in fields %},
        {{ field if has_background(survey, '', field) else 'null' }} as {{ field }}
        {%- endfor %},
        {{ 'true' if has_background(survey, '', 'variable') else 'false' }} as is_of_many_kinds
    from {{ ref(staging_name(survey, '')) }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

-- Of a file with scores of many kinds, those of seeds/international are followed. A file without an index is its own,
-- without a year its edition's, and some know countries by name alone.
known as (
    select
        delivered.survey,
        delivered.edition,
        coalesce(lower(delivered.index), ranking_score.index, delivered.survey) as index,
        coalesce(delivered.country, names.country) as country,
        delivered.country_name,
        coalesce(delivered.year, delivered.edition) as year,
        delivered.rank,
        delivered.n_countries,
        delivered.score,
        survey.is_carried
    from delivered
    inner join {{ ref('survey') }} as survey
        on delivered.survey = survey.survey
    left join {{ ref('ranking_score') }} as ranking_score
        on
            lower(delivered.variable) = ranking_score.variable
            and lower(delivered.life_event) = ranking_score.life_event
    left join names
        on {{ folded('delivered.country_name') }} = names.name
    where not delivered.is_of_many_kinds or (ranking_score.index is not null and delivered.score is not null)
),

-- Where two editions state the same year, the later one counts; a file of the index itself before one of places.
latest as (
    select
        known.*,
        coalesce(country.country, known.country) as country_code,
        coalesce(known.country_name, country.country_name) as name,
        coalesce(country.is_average, false) as is_average,
        row_number() over (
            partition by known.index, coalesce(country.country, known.country), known.year
            order by case when known.survey = known.index then 0 else 1 end, known.edition desc
        ) as place
    from known
    left join {{ ref('country') }} as country
        on known.country in (country.country, country.country_2, country.country_iso2)
)

select
    latest.index,
    latest.country_code as country,
    latest.name as country_name,
    latest.year,
    latest.rank,
    latest.n_countries,
    latest.score,
    latest.is_carried,
    waves.is_synthetic
from latest
inner join {{ ref('harmonised_extract_waves') }} as waves
    on latest.survey = waves.survey and latest.edition = waves.wave
-- An average of countries is no country.
where latest.place = 1 and not latest.is_average
