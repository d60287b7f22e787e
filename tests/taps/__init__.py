"""Cards and phones that pay at a till, and cards that pay each other."""
