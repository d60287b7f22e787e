"""Payments in the field of a reader."""
