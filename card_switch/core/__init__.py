"""What the hosts of the card rails decide: acquirers, networks, issuers. Pure: no clock, no wire, no disk."""
