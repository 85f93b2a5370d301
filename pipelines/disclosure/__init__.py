"""What a release hides so that nobody is given away by it.

Not here: what can be computed back of what is hidden (pipelines/attack), how long microdata is kept
(pipelines/privacy), and the rules' numbers (seeds/disclosure).
"""
