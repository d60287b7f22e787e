"""How long a payment on line takes, from the tap to both balances: a thousand of them over HTTP (DT-Q-07).

The customer's phone has read the merchant's tag and sends the order; the time ends when customer and merchant
have each been told a balance by their own bank in which the payment stands. Platform and wallets are
processes of this machine, their stores on its disk.
"""

import statistics
import time
from typing import Final

from device.service.wallet import Wallet
from tender.account.client_messages import TO_DT
from tender.account.merchant_messages import NFC
from town.bench.measurement import Measurement, at_most, percentile, told
from town.bench.two_wallets import must
from town.bench.wallet_over_http import wallet_over_http
from town.cast import AIGUL, MERCHANT
from town.town import fresh_town

PAYMENTS: Final = 1_000
AMOUNT_TIYN: Final = 3_779
"""The pilot's average check, in tiyn instead of tenge, so that a thousand of them fit one account."""
REACH_S: Final = 1.0


def thousand_payments(*, scale: bool = False) -> list[Measurement]:
    """The 95th percentile is judged; ``scale``: ten thousand."""
    return timed_payments(PAYMENTS * (10 if scale else 1))


def timed_payments(count: int) -> list[Measurement]:
    """So many payments, one after the other."""
    with (
        fresh_town(crowd=0) as town,
        wallet_over_http(town.folder, AIGUL) as customer,
        wallet_over_http(town.folder, MERCHANT) as merchant,
    ):
        must(customer.bank.convert(TO_DT, count * AMOUNT_TIYN))
        taken_s = sorted(_one(customer, merchant, place, count) for place in range(count))
        sheet = town.balance_sheet()
    if not sheet.holds:
        raise RuntimeError("the books do not hold")
    name = f"{count} payments on line, tap to both balances"
    return [
        at_most(f"{name}: p95", percentile(taken_s, 0.95), "s (at most)", REACH_S),
        told(f"{name}: median", statistics.median(taken_s) * 1e3, "ms"),
        told(f"{name}: slowest", taken_s[-1] * 1e3, "ms"),
    ]


def _one(customer: Wallet, merchant: Wallet, place: int, count: int) -> float:
    began = time.monotonic()
    must(customer.merchants.pay(MERCHANT.number, AMOUNT_TIYN, f"R-{place}", channel=NFC))
    left_tiyn = must(customer.bank.statement(1)).balances.dt_tiyn
    taken_tiyn = must(merchant.bank.statement(1)).balances.dt_tiyn
    spent_s = time.monotonic() - began
    paid = place + 1
    if (left_tiyn, taken_tiyn) != ((count - paid) * AMOUNT_TIYN, paid * AMOUNT_TIYN):
        raise RuntimeError(f"payment {paid}: {left_tiyn} and {taken_tiyn} tiyn are not its balances")
    return spent_s
