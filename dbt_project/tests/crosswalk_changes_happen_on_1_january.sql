-- The crosswalk steps from one 1 January to the next: a change on another day would be misdated.
select
    change_date,
    from_kommunenr,
    to_kommunenr
from {{ ref('kommune_change') }}
where extract(month from change_date) <> 1 or extract(day from change_date) <> 1
