"""The pages of the report, a module for each kind.

Not here: what they look like (templates/), and where they are written (site.py).
"""
