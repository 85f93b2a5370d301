{{ staged('ssb_statbank') }}
