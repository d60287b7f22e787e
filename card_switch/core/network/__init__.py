"""A card scheme's network: acquirers on one side, issuers on the other, an id for each question."""
