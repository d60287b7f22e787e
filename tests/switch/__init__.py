"""The card switch: hosts, links, rows, and what is left after whatever went wrong."""
