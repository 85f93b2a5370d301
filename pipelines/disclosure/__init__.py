"""What a release hides so that nobody is given away by it.

Not here: what can be computed back of what is hidden (pipelines/attack), who may see microdata (pipelines/landing), and
the rules' numbers (seeds/disclosure).
"""
