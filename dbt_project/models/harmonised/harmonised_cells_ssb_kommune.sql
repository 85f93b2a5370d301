{{ cells('ssb_kommune') }}
