{{ cells('dfo_innbygger') }}
