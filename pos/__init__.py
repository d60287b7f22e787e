"""The point of sale: takes a payment from a wallet, a code on a screen, or a card."""
