{{ staged('un_egdi') }}
