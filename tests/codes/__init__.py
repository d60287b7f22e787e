"""Codes of other people's standards: a merchant's, a payer's, and everything else a scanner meets."""
