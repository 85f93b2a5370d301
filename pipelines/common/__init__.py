"""The ground floor: settings, seeds, contracts, keys, the build database, what a terminal shows.

Not here: anything that knows what a survey is. Every other package stands on this one; it imports none of them.
"""
