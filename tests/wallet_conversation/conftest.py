"""Every payment has a village of its own."""

from tests.wallet.conftest import village

__all__ = ["village"]
