"""The issuer's side of a card: keys, cryptograms, limits, the decision, and what each bank offers."""
