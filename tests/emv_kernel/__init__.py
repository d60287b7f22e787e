"""The EMV terminal kernel: talks with scripted cards, tables of its decisions, a card pulled anywhere."""
