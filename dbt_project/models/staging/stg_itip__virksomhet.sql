{{ staged('itip', 'virksomhet') }}
