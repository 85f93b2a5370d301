{{ staged('digdir', 'key_figure') }}
