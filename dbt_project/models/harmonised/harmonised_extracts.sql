-- One row per survey, wave and file content ever seen.
select *
from {{ ref('stg_extract__loads') }}
