{{ staged('egov_rank') }}
