"""The kommune survey's sample: its questions and waves, what is likely, what its report says in words.

Not here: any engine, and the printed figures (seeds/published).
"""
