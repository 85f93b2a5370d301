"""The synthetic sample extracts, solved so that recounting them gives the figures the publications print.

Not here: anything the pipeline uses on real extracts. Only a survey's own package below names questions and waves.
"""
