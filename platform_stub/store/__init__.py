"""What every participant's store has: evidence, answers given, keys, a node's outputs, books."""
