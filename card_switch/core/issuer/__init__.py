"""The issuer's card host: whose card it is, whether it is really that card, and what its bank says."""
