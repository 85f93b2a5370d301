"""digital-tilstand: raw survey extracts in, one reconciled release out.

Not here: any code; the packages below are the layers.
"""
