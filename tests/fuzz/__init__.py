"""Malformed input by the hundred thousand: typed refusals only."""
