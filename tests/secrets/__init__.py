"""Secrets never show: looked for in everything a whole life of the system leaves behind."""
