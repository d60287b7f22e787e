"""A second reading of the protocol's page, in another style: where the two disagree, one of them is wrong."""
