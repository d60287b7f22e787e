"""Revocation lists, the directory, the time floor, batches of certificates."""
