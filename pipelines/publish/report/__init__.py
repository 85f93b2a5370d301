"""The report of a release: a site of pages and pictures, in Norwegian and English, that opens from disk.

Not here: any word of data, picture or number. One direction: published tables (tables.py), what is shown of them
(pictures.py, numbers.py) and said of it (findings.py, words.py), how it is drawn (specs.py, maps.py, draw.py), the
pages (pages/, templates/), and the files (site.py).
"""
