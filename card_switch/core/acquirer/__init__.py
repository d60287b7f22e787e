"""The acquirer of a bank: terminals on one side, the networks and the bank's own issuer on the other."""
