"""The synthetic sample extracts, solved so that recounting them gives the figures the publications print.

Not here: anything the pipeline uses on real extracts. `plan.py` alone names questions and waves.
"""
