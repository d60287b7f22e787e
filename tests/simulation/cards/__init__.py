"""Card payments in virtual time: tills, the switch and the banks while links and processes fail."""
