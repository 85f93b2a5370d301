-- Every file ever loaded or refused, and whether what is published is made from it.
select
    survey,
    wave,
    file_name,
    sha256,
    size_bytes,
    n_rows,
    n_columns,
    encoding,
    reader,
    loaded_at,
    status,
    status = 'loaded' as is_in_use,
    n_findings,
    n_warnings,
    nullif(warnings, '') as warnings,
    n_corrections,
    provenance,
    is_synthetic
from {{ ref('stg_extract_load') }}
