{{ cells('ssb_stat') }}
