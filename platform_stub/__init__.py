"""The platform: the National Bank, the banks and the other participants, each with its own books."""
