"""The certification centre: the root key, the directory, the revocation list."""
