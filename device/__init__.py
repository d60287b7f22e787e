"""A device that holds money: what a person's wallet and a merchant's till have in common."""
