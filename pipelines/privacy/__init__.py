"""The rights of those whose answers are processed: forgetting them, other pseudonyms, how long they are kept, a search.

Not here: what a release hides of them (disclosure), and pseudonyms themselves (ingest).
"""
