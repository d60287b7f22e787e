"""Mutation of the checks: what a test suite is worth is how many planted faults it finds."""
