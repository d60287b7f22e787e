"""The National Bank: correspondent accounts, the liability, issuance, roots, settlement."""
