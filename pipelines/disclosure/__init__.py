"""What a release hides so that nobody is given away by it, and what can be computed back of what is hidden.

Not here: who may see microdata (pipelines/landing), and the rules' numbers (seeds/disclosure).
"""
