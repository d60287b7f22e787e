"""The till's lines to the outside that are its own: the acquirer of card payments."""
