{{ staged('ssb_kommune') }}
