-- Figures of official statistics of single kommuner, in the division that they are of and in those of the panel.
select
    source,
    table_id,
    concept,
    concept_nb,
    category,
    category_nb,
    period_code,
    year,
    division_year,
    kommunenr,
    kommunenavn,
    value,
    unit,
    method,
    n_sources as n_predecessors,
    known_share as predecessors_answered_share,
    edition,
    is_synthetic
from {{ ref('harmonised_official_kommuner') }}
