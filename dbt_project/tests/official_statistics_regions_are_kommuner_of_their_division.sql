-- Fails with figures of a number that was no kommune in the division that their table has.
select
    source,
    table_id,
    concept,
    category,
    period_code,
    division_year,
    kommunenr
from {{ ref('official_statistics_kommuner') }}
where kommunenavn is null
