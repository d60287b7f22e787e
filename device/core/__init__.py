"""The wallet's decisions: which money to pay with, what the limits allow, what a cut-off step needs next."""
