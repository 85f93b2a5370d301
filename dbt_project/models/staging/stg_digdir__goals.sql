-- One row per goal and year of Rikets digitale tilstand, as printed.
select
    wave as year,
    cast(trim(goal_no) as integer) as goal_no,
    trim(goal) as goal_nb,
    trim(status) as status_nb,
    nullif(trim(direction), '') as direction_nb,
    nullif(trim(comment), '') as comment_nb
from {{ source('raw', 'digdir_goal') }}
