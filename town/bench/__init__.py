"""Measurements of this machine, each a ratio taken inside one run so that a busy machine does not matter."""
