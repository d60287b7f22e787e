"""Rules every participant shares, pure: double entry, outputs, and what an upload is worth."""
