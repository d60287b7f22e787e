"""Virtual payment cards, told apart by every terminal's means."""
