"""What the switch does with its hosts: turns, issuing of cards, the end of the day."""
