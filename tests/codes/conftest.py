"""The village of the wallet's tests, for codes that are paid."""

from tests.wallet.conftest import village

__all__ = ["village"]
