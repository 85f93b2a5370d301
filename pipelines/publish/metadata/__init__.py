"""What a release says of itself to people and to catalogues: one module for each kind of document.

Not here: what is said. It stands in the contracts (dbt_project) and in the seeds, and is gathered once (facts.py).
"""
