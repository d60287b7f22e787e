"""The till's decisions: what a sale may do next, what a shift adds up to, how much offline money may be
held."""
