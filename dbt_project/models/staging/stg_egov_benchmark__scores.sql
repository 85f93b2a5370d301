-- One row per score of the eGovernment Benchmark as delivered: older years do not say which score it is.
select
    wave as edition,
    cast(trim(year) as integer) as year,
    trim(country) as country,
    lower(nullif(trim(variable), '')) as variable,
    lower(trim(brkdown)) as life_event,
    cast(nullif(trim(value), '.') as double) as score
from {{ source('raw', 'egov_benchmark') }}
