-- One row per responding kommune, wave and column of the extract: the text as delivered, blank as NULL.
with columns_as_rows as (
    {{ unpivot_columns(
        source('raw', 'ssb_kommune'),
        keep=['wave', 'kommunenr'],
        leave_out=['row_number', 'sha256'],
        name_column='column_name',
        value_column='answer',
    ) }}
)

select
    wave,
    lpad(trim(kommunenr), 4, '0') as kommunenr,
    column_name,
    nullif(trim(answer), '') as answer
from columns_as_rows
