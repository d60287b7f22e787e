"""Vectors from outside, and the tests that read them."""
