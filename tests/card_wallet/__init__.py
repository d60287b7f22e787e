"""Wallets whose secure element is a purse card."""
