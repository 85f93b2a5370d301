"""The sample of SSB's survey of the state: invented agencies, and their answers.

Not here: the printed numbers (seeds/published) and how they are solved for (tests/sample).
"""
