"""The citizens' survey's sample: people, what they answer, and the recount that must agree with the report.

Not here: what other surveys share (tests/sample), and reading the extracts again (ingest).
"""
