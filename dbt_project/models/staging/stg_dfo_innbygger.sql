{{ staged('dfo_innbygger') }}
