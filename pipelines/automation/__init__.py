"""How runs start, what they show and what they check: resources, jobs, schedule, sensor, checks.

Not here: any computation.
"""
