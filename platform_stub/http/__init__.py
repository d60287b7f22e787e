"""The platform on HTTP."""
