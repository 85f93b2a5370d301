{{ staged('itip', 'innbygger') }}
