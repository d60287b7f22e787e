"""The money itself, and every byte two parties must agree on. Pure: no I/O, no clock, no chance, no log."""
