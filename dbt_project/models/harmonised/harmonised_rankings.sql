-- Countries' places in international rankings, one row per index, country and year.
select
    'un_egdi' as index,
    scores.country,
    scores.country_name,
    scores.year,
    scores.rank,
    scores.score,
    loads.is_synthetic
from {{ ref('stg_un_egdi__scores') }} as scores
inner join {{ ref('stg_extract__loads') }} as loads
    on scores.year = loads.wave and loads.survey = 'un_egdi' and loads.status = 'loaded'
