-- The key figures that were printed of the goals, one row per year, goal and key figure.
{%- for survey in surveys_of('goals') %}
select
    figures.wave as year,
    figures.goal_no,
    lower(figures.key_figure) as key_figure,
    figures.value,
    lower(figures.unit_label) as unit,
    figures.previous_value,
    figures.previous_year,
    figures.tag,
    figures.source,
    waves.is_synthetic
from {{ ref(staging_name(survey, 'key_figure')) }} as figures
inner join {{ ref('harmonised_extract_waves') }} as waves
    on waves.survey = '{{ survey }}' and figures.wave = waves.wave
{% if not loop.last %}union all{% endif %}
{%- endfor %}
