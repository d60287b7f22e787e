"""Who sees what: flows are played, the bytes each role got are searched, and docs/privacy.md is compared."""
