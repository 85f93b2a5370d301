-- One row per respondent and wave: the background typed, the answers as delivered. Without strata, all are one.
-- The id of a respondent is left behind: no later layer has use for it.
select
    wave,
    lpad(nullif(trim(kommunenr), ''), 4, '0') as kommunenr,
    cast(nullif(trim(vekt), '') as double) as weight,
    coalesce(nullif(trim(stratum), ''), 'alle') as stratum,
    cast(nullif(trim(stratum_n), '') as double) as stratum_population,
    cast(nullif(trim(kjonn), '') as smallint) as kjonn,
    cast(nullif(trim(alder), '') as smallint) as alder,
    cast(nullif(trim(utdanning), '') as smallint) as utdanning,
    cast(nullif(trim(husstandsinntekt), '') as smallint) as husstandsinntekt,
    cast(nullif(trim(yrkesstatus), '') as smallint) as yrkesstatus,
    {{ columns_but([
        'wave', 'row_number', 'sha256', 'respondent_id', 'kommunenr', 'vekt', 'stratum', 'stratum_n',
        'kjonn', 'alder', 'utdanning', 'husstandsinntekt', 'yrkesstatus'
    ]) }}
from {{ source('raw', 'dfo_innbygger') }}
