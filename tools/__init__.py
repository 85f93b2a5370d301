"""What works on the project and is no part of a run: how it is set up, and how its pages are made.

Not here: what a run needs (pipelines), and tests.
"""
