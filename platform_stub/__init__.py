"""The platform: the National Bank, the banks, the notary and the other participants, each with its own books."""
