"""Compare every number the publications print with what this project computes.

Not here: the numbers themselves (seeds/published) and the tables they are computed from.
"""
