"""What can be computed back of what a release hides: the check before anything is published.

Not here: what to hide (pipelines/disclosure), of which nothing is imported, so that no mistake is made twice.
"""
