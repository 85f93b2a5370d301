-- One row per citizen and wave of IT i praksis: the background typed, the answers as delivered.
-- The id of a respondent is left behind: no later layer has use for it.
select
    wave,
    row_number as respondent_no,
    cast(nullif(trim(kjonn), '') as smallint) as kjonn,
    cast(nullif(trim(alder), '') as smallint) as alder,
    nullif(trim(region), '') as region,
    {{ columns_but(['wave', 'row_number', 'sha256', 'respondent_id', 'kjonn', 'alder', 'region']) }}
from {{ source('raw', 'itip_innbygger') }}
