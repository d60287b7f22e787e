"""The village of the wallet's tests and the street of the tears', for payments in the field."""

from tests.taps.conftest import market
from tests.tears.conftest import street, template, zygote
from tests.wallet.conftest import village

__all__ = ["market", "street", "template", "village", "zygote"]
