"""landing/ itself: that it is there, and the synthetic sample where nothing was delivered yet.

Not here: reading a delivery (pipelines/ingest).
"""
