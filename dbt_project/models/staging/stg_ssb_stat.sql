{{ staged('ssb_stat') }}
