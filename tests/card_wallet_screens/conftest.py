"""A village for each test, every screen in English unless a test says otherwise."""

from tests.wallet_screens.conftest import english, unhurried, village

__all__ = ["english", "unhurried", "village"]
