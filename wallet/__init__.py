"""The wallet: a person's Digital Tenge, on line and off."""
