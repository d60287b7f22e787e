"""Keys, signatures, envelopes and certificates. The only home of libsodium (PyNaCl)."""
