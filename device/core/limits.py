"""The limits an honest wallet keeps by itself; a payee checks again what it can see of them."""

from dataclasses import dataclass

from tender.crypto.directory import Profile
from tender.errors import Code, Refusal


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the device stands: what it holds and what it has paid since the bank last heard of it (tiyn)."""

    holding_tiyn: int
    paid_since_sync_tiyn: int


def may_pay(amount_tiyn: int, profile: Profile, standing: Standing) -> Refusal | None:
    """None, or the limit that stands against paying this much now."""
    if amount_tiyn > profile.per_payment_tiyn:
        return _over(Code.LIMIT_PER_PAYMENT, profile.per_payment_tiyn, amount_tiyn)
    if standing.paid_since_sync_tiyn + amount_tiyn > profile.since_sync_tiyn:
        return _over(Code.LIMIT_SINCE_SYNC, profile.since_sync_tiyn, amount_tiyn)
    return None


def may_hold(amount_tiyn: int, profile: Profile, standing: Standing) -> Refusal | None:
    """None, or ``limit-holding`` when so much more would be too much."""
    if standing.holding_tiyn + amount_tiyn > profile.holding_tiyn:
        return _over(Code.LIMIT_HOLDING, profile.holding_tiyn, amount_tiyn)
    return None


def _over(code: Code, most_tiyn: int, amount_tiyn: int) -> Refusal:
    return Refusal(code, "amount", (("most_tiyn", most_tiyn), ("amount_tiyn", amount_tiyn)))
