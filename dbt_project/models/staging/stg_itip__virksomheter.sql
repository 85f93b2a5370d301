-- One row per agency or kommune and wave of IT i praksis: the background typed, the answers as delivered.
-- The id of a respondent is left behind: no later layer has use for it.
select
    wave,
    row_number as respondent_no,
    trim(sektor) as sektor_nb,
    lpad(nullif(trim(kommunenr), ''), 4, '0') as kommunenr,
    cast(cast(nullif(trim(folkemengde), '') as double) as integer) as folkemengde,
    {{ columns_but(['wave', 'row_number', 'sha256', 'respondent_id', 'sektor', 'kommunenr', 'folkemengde']) }}
from {{ source('raw', 'itip_virksomhet') }}
