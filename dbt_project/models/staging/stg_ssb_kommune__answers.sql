-- One row per responding kommune, wave and column of the extract: the code as an integer, blank as NULL.
with columns_as_rows as (
    {{ unpivot_columns(
        source('raw', 'ssb_kommune'),
        keep=['wave', 'kommunenr'],
        leave_out=['row_number', 'sha256', 'kommunenavn', 'folkemengde'],
        name_column='column_name',
        value_column='answer',
    ) }}
)

select
    wave,
    lpad(trim(kommunenr), 4, '0') as kommunenr,
    column_name,
    cast(nullif(trim(answer), '') as integer) as code
from columns_as_rows
