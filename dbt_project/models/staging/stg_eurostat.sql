{{ staged('eurostat') }}
