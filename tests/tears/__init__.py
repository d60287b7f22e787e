"""Cut at every byte of every message, killed at every commit: nothing is lost, nothing is doubled."""
