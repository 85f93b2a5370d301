{{ cells('itip') }}
