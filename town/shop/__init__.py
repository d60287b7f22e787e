"""A small shop on this computer: its page asks the buyer's wallet, its server asks its own bank."""
