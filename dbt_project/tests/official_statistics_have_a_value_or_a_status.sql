-- Fails with figures that are blank and have no sign that says why.
select
    source,
    table_id,
    concept,
    region,
    category,
    period_code
from {{ ref('official_statistics') }}
where value is null and status is null
