{{ staged('desi') }}
