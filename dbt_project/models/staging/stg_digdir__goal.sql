{{ staged('digdir', 'goal') }}
