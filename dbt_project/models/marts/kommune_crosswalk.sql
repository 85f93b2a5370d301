-- From each year's kommuner to each later year's, with the share of inhabitants that went where.
select
    from_year,
    from_kommunenr,
    from_kommunenavn,
    to_year,
    to_kommunenr,
    to_kommunenavn,
    relation,
    population_weight
from {{ ref('harmonised_kommune_crosswalk') }}
