"""The sample of IT i praksis: agencies, kommuner and citizens, and their answers.

Not here: the printed numbers (seeds/published) and how they are solved for (tests/sample).
"""
