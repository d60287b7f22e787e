"""The attackers' bench: a modified wallet for each rule, thieves, pairs, banks, forgers, people who deny."""
