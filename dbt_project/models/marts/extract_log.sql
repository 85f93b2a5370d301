-- Every file that was loaded or refused, with where it came from.
select
    survey,
    wave,
    sha256,
    file_name,
    cast(n_rows as integer) as n_rows,
    n_columns,
    encoding,
    loaded_at,
    status,
    n_findings,
    n_warnings,
    warnings,
    n_corrections,
    provenance,
    is_synthetic
from {{ ref('harmonised_extracts') }}
