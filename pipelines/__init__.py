"""digital-tilstand: raw survey extracts in, one reconciled release out."""
