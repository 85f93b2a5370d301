{{ staged('egov_benchmark') }}
