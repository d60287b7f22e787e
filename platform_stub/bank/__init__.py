"""A bank of the second tier: its clients, their accounts on its node, their devices."""
