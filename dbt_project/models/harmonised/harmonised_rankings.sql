-- Countries' places and scores in international comparisons, one row per index, country and year.
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
    select
        'un_egdi' as survey,
        scores.year as edition,
        'un_egdi' as index,
        coalesce(scores.country, names.country) as country,
        scores.country_name,
        scores.year,
        scores.rank,
        cast(null as integer) as n_countries,
        scores.score,
        false as is_carried
    from {{ ref('stg_un_egdi__scores') }} as scores
    left join names
        on {{ folded('scores.country_name') }} = names.name

    union all

    -- A place alone says that somebody else compared the countries.
    {% for survey in ['desi', 'egov_rank', 'printed_rank'] %}
    select
        '{{ survey }}' as survey,
        edition,
        index,
        country,
        null as country_name,
        year,
        rank,
        n_countries,
        score,
        true as is_carried
    from {{ ref('stg_' ~ survey ~ '__ranks') }}

    union all

    {% endfor %}
    -- The benchmark's own file has scores of many kinds; those of seeds/international are followed.
    select
        'egov_benchmark' as survey,
        scores.edition,
        ranking_score.index,
        scores.country,
        null as country_name,
        scores.year,
        cast(null as integer) as rank,
        cast(null as integer) as n_countries,
        scores.score,
        false as is_carried
    from {{ ref('stg_egov_benchmark__scores') }} as scores
    inner join {{ ref('ranking_score') }} as ranking_score
        on scores.variable = ranking_score.variable and scores.life_event = ranking_score.life_event
    where scores.score is not null
),

-- Where two editions state the same year, the later one counts; a file of the index itself before one of places.
latest as (
    select
        delivered.*,
        coalesce(country.country, delivered.country) as country_code,
        coalesce(delivered.country_name, country.country_name) as name,
        coalesce(country.is_average, false) as is_average,
        row_number() over (
            partition by delivered.index, coalesce(country.country, delivered.country), delivered.year
            order by case when delivered.survey = delivered.index then 0 else 1 end, delivered.edition desc
        ) as place
    from delivered
    left join {{ ref('country') }} as country
        on delivered.country in (country.country, country.country_2, country.country_iso2)
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
