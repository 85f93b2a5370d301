-- One row per index, country and year of a small extract of places, and per edition that states it.
{{ staged_ranks(source('raw', 'desi')) }}
