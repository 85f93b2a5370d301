"""What is fetched from public interfaces: asked for with manners, put into landing/ as it came, and never more.

Not here: reading what was fetched (ingest), and which tables are asked for (seeds/sources).
"""
