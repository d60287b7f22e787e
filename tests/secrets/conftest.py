"""The wallets' village serves here too."""

from tests.wallet.conftest import village

__all__ = ["village"]
