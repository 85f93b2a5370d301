-- One row per key figure and year of Rikets digitale tilstand, as printed.
select
    wave as year,
    cast(trim(goal_no) as integer) as goal_no,
    lower(trim(key_figure)) as key_figure,
    cast(nullif(trim(value), '') as double) as value,
    lower(trim(unit)) as unit,
    cast(nullif(trim(previous_value), '') as double) as previous_value,
    cast(nullif(trim(previous_year), '') as integer) as previous_year,
    nullif(trim(tag), '') as tag,
    nullif(trim(source), '') as source
from {{ source('raw', 'digdir_key_figure') }}
