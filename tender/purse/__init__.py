"""The purse on a chip: its commands in bytes (docs/protocol/purse-card.md), and payments tapped by APDU."""
