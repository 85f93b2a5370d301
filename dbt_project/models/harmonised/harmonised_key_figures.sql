-- The key figures that Digdir printed, one row per year, goal and key figure.
select
    key_figures.*,
    waves.is_synthetic
from {{ ref('stg_digdir__key_figures') }} as key_figures
inner join {{ ref('harmonised_extract_waves') }} as waves
    on waves.survey = 'digdir' and key_figures.year = waves.wave
