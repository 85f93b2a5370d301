-- One row per responding kommune and wave: typed, nothing decided.
select
    wave,
    lpad(trim(kommunenr), 4, '0') as kommunenr,
    trim(kommunenavn) as kommunenavn,
    cast(cast(replace(nullif(trim(folkemengde), ''), ',', '.') as double) as integer) as folkemengde
from {{ source('raw', 'ssb_kommune') }}
