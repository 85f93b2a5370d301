-- One row per shard, and table in it, of the deliveries that come in shards.
select
    survey,
    wave,
    part,
    file_name,
    sha256,
    n_rows,
    columns,
    cells
from {{ source('raw', 'shard') }}
