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
        wave
        {%- for field in fields %},
        {{ field if has_background(survey, '', field) else 'null' }} as {{ field }}
        {%- endfor %},
        {{ 'true' if has_background(survey, '', 'variable') else 'false' }} as is_of_many_kinds
    from {{ ref(staging_name(survey, '')) }}
    {#- Another index in a column of its own: a score, and no place. #}
    {%- for background in background_of(survey, '') if background.name.startswith('score_') %}
    union all
    select
        '{{ survey }}' as survey,
        wave,
        '{{ background.name | replace("score_", "", 1) }}' as index
        {%- for field in fields[1:] %},
        {% if field == 'score' -%}
        {{ background.name }}
        {%- else -%}
        {{ field if field in ('country', 'country_name', 'year') and has_background(survey, '', field) else 'null' }}
        {%- endif %} as {{ field }}
        {%- endfor %},
        false as is_of_many_kinds
    from {{ ref(staging_name(survey, '')) }}
    where {{ background.name }} is not null
    {%- endfor %}
    union all
    {%- endfor %}

    -- A figure of official statistics that is ranked: what the source itself has of countries, for whole years.
    select
        figures.delivered_as as survey,
        figures.edition as wave,
        ranking_statistic.index,
        country.country,
        null as country_name,
        figures.year,
        null as rank,
        null as n_countries,
        figures.value as score,
        null as variable,
        null as life_event,
        false as is_of_many_kinds
    from {{ ref('harmonised_official_figures') }} as figures
    inner join {{ ref('ranking_statistic') }} as ranking_statistic
        on {{ same('figures', 'ranking_statistic', ['source', 'table_id']) }}
    inner join {{ ref('ranking_rule') }} as ranking_rule
        on ranking_statistic.index = ranking_rule.index
    inner join {{ ref('country') }} as country
        on figures.region = country.country and not country.is_average
    where
        {{ same('figures', 'ranking_statistic', ['concept', 'category']) }}
        and figures.secondary_source is null
        and figures.value is not null
        and figures.period_code = cast(figures.year as varchar)
    -- A part of the countries has no places, and takes none from a publication.
    qualify
        count(*) over (partition by ranking_statistic.index, figures.delivered_as, figures.edition, figures.year)
        >= ranking_rule.least_countries
),

-- Of a file with scores of many kinds, those of seeds/international are followed. A file without an index is its own,
-- without a year its wave's, and some know countries by name alone.
known as (
    select
        delivered.survey,
        delivered.wave,
        coalesce(lower(delivered.index), ranking_score.index, delivered.survey) as index,
        coalesce(delivered.country, names.country) as country,
        delivered.country_name,
        coalesce(delivered.year, delivered.wave) as year,
        delivered.rank,
        delivered.n_countries,
        delivered.score,
        coalesce(survey.is_carried, false) as is_carried
    from delivered
    -- What was fetched is no survey of the codebook, and carries nothing over.
    left join {{ ref('survey') }} as survey
        on delivered.survey = survey.survey
    left join {{ ref('ranking_score') }} as ranking_score
        on
            lower(delivered.variable) = ranking_score.variable
            and lower(delivered.life_event) = ranking_score.life_event
    left join names
        on {{ folded('delivered.country_name') }} = names.name
    where not delivered.is_of_many_kinds or (ranking_score.index is not null and delivered.score is not null)
),

-- An average of countries is no country: it has no place, and is counted nowhere.
of_countries as (
    select
        known.* replace (
            coalesce(country.country, known.country) as country,
            coalesce(known.country_name, country.country_name) as country_name
        )
    from known
    left join {{ ref('country') }} as country
        on known.country in (country.country, country.country_2, country.country_iso2)
    where not coalesce(country.is_average, false)
),

counted as (
    select
        *,
        count(rank) over delivery as n_ranked,
        count(distinct case when score is not null then country end) over delivery as n_scored
    from of_countries
    window delivery as (partition by survey, wave, index, year)
),

-- Places are computed where the delivery has none, and scores of so many countries that none is missing.
ruled as (
    select
        counted.*,
        counted.n_ranked = 0 and coalesce(counted.n_scored >= ranking_rule.least_countries, false) as is_computed,
        counted.year + coalesce(ranking_rule.edition_offset, 0) as edition,
        counted.year + ranking_rule.test_offset as test_year
    from counted
    left join {{ ref('ranking_rule') }} as ranking_rule
        on counted.index = ranking_rule.index
),

placed as (
    select
        * replace (
            case
                when is_computed and score is not null then cast(rank() over by_score as integer)
                else rank
            end as rank,
            coalesce(n_countries, case when is_computed then cast(n_scored as integer) end) as n_countries
        )
    from ruled
    window by_score as (partition by survey, wave, index, year order by score desc nulls last)
),

-- Of a year, one file of the index itself counts, so that places of two files never meet: one that has all countries
-- before a part, then the later one.
deliveries as (
    select
        *,
        dense_rank() over (
            partition by index, year, is_carried
            order by (n_ranked > 0 or is_computed) desc, wave desc, survey asc
        ) as delivery_no
    from placed
),

-- A place that somebody printed stands where the index's own file has no such country; of two, the later one. A country
-- that one delivery has twice stays twice, and is found by the test of the key.
latest as (
    select
        *,
        rank() over (partition by index, country, year order by is_carried asc, wave desc, survey asc) as place
    from deliveries
    where is_carried or delivery_no = 1
)

select
    latest.index,
    latest.country,
    latest.country_name,
    latest.year,
    latest.edition,
    latest.test_year,
    latest.rank,
    case when latest.rank is not null then latest.is_computed end as is_rank_computed,
    latest.n_countries,
    latest.score,
    latest.is_carried,
    waves.is_synthetic
from latest
inner join {{ ref('harmonised_extract_waves') }} as waves
    on latest.survey = waves.survey and latest.wave = waves.wave
where latest.place = 1
