"""The notary: single use of outputs, told in hashes."""
