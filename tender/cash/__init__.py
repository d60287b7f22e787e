"""Digital Tenge that passes from hand to hand: tokens, chains, conversations, fork proofs.

Each byte is specified in docs/protocol/cash.md.
"""
