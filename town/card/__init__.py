"""`tenge card`: readers, cards in files, taps between them."""
