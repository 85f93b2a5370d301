-- One row per file ever loaded or refused.
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
    n_findings,
    n_warnings,
    warnings,
    coalesce(n_corrections, 0) as n_corrections,
    provenance,
    is_synthetic
from {{ source('raw', 'extract_load') }}
