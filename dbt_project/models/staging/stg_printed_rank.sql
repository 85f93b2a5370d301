{{ staged('printed_rank') }}
