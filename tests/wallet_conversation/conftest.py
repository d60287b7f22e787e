"""Every payment has a village of its own."""

from tests.unhurried import unhurried
from tests.wallet.conftest import village

__all__ = ["unhurried", "village"]
