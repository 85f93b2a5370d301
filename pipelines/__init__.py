"""digital-tilstand: raw survey extracts in, one reconciled release out.

Not here: any code but the version; the packages below are the layers.
"""

__version__ = "0.1.0"
