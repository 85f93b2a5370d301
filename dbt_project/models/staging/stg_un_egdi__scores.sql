-- One row per country and year of the UN index. Some of the UN's files know countries by name alone.
select
    wave as year,
    nullif(trim("country-code"), '') as country,
    trim("country-name") as country_name,
    -- The 2010 file writes ranks with a decimal, 136.0.
    cast(cast(nullif(trim("e-gov-rank"), '') as double) as integer) as rank,
    cast(nullif(trim("e-gov-index"), '') as double) as score
from {{ source('raw', 'un_egdi') }}
