"""What stands in QR codes: our own frames, payment codes, and what other people's codes are."""
