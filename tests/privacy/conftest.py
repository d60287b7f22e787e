"""A platform and an empty street for each test."""

from tests.wallet.conftest import village

__all__ = ["village"]
