-- One row per state agency and wave: the background typed, the answers as delivered.
select
    wave,
    trim(orgnr) as orgnr,
    cast(nullif(trim(naering), '') as smallint) as naering,
    cast(nullif(trim(ansatte), '') as integer) as ansatte,
    {{ columns_but(['wave', 'row_number', 'sha256', 'orgnr', 'naering', 'ansatte']) }}
from {{ source('raw', 'ssb_stat') }}
