"""Giving the very same money back to whoever paid it: signed once, told again word for word, and finished
when the power went between signing and storing."""

from hashlib import sha256
from typing import Final

from device.core.model import IN, OFFLINE, OUT, Coin, Moment, Payment, Upload
from device.service.desk import Desk
from tender.cash.messages import Return, pack
from tender.cash.session_checks import coin_of, may_sign
from tender.cash.session_state import Coin as Put
from tender.crypto.envelope import Typ
from tender.errors import Code, Refusal

REFUND: Final = "refund"
"""The channel of a payment that gives the very same money back."""


class Refunds:
    """Signs returns of money that was counted here, and stores them; nothing here is sent."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def refund(self, payment: bytes) -> Payment | Refusal:
        """The refund's line of the history, its message ready; the same one when it is asked for again.

        ``payment-unknown`` unless it was received from hand to hand; ``already-spent`` when what it brought
        is not here as it came: part has moved on, or was split for a deposit.
        """
        desk = self._desk
        original = desk.store.get(Payment, payment)
        if original is None or original.direction != IN or original.channel != OFFLINE:
            return Refusal(Code.PAYMENT_UNKNOWN, "payment")
        earlier = desk.store.get(Payment, refund_id(payment))
        if earlier is not None:
            return earlier
        # Not only what the element has left unsigned: a refund that was cut off after signing is finished.
        coins = [one for one in desk.coins() if one.spendable and one.payment == payment]
        came = all(one.output in original.outputs for one in coins)
        if not came or sum(one.amount_tiyn for one in coins) != original.amount_tiyn:
            return Refusal(Code.ALREADY_SPENT, "payment")
        if any(coin.hops_left < 1 for coin in coins):
            return Refusal(Code.HOP_LIMIT, "tokens")
        return self._give_back(original, coins)

    def finish(self) -> None:
        """Write down the refunds that the element has signed and the power kept from being stored."""
        unwritten = [one for one in self._desk.unwritten() if self._kept_as_return(one)]
        for payment in dict.fromkeys(one.payment for one in unwritten):
            self.refund(payment)

    def _kept_as_return(self, coin: Coin) -> bool:
        """Whether what the element kept of this coin is the very link a refund makes."""
        kept = self._desk.element.kept_of(coin.output)
        put = self._back(coin)
        return kept is not None and put is not None and kept[:2] == (Typ.LINK, put.link().payload())

    def _back(self, coin: Coin) -> Put | None:
        """The whole coin, put down for whoever signed it to us; None when that was nobody else."""
        desk = self._desk
        holding = desk.holding(coin.packed)
        to = holding.returns_to()
        if to is None or desk.key(to) is not None:
            return None  # from the issuer, or split here: what was signed to an own key would be forgotten
        return coin_of(holding, desk.certificate_of(coin.holder), to, coin.amount_tiyn, b"")

    def _give_back(self, original: Payment, coins: list[Coin]) -> Payment | Refusal:
        desk = self._desk
        going = []
        for coin in coins:
            put = self._back(coin)
            if put is None:
                return Refusal(Code.ALREADY_SPENT, "payment")
            refused = may_sign(desk.holding(coin.packed), put.link(), put.certificate, desk.trust)
            if refused is not None:
                return refused  # nothing is signed; the money stays and can be deposited
            going.append(put)
        signatures = desk.element.sign_links([(put.holder, put.link()) for put in going])
        tokens = tuple(put.paid(signature) for put, signature in zip(going, signatures, strict=True))
        now = desk.now()
        back = Payment(
            id=refund_id(original.id),
            direction=OUT,
            channel=REFUND,
            amount_tiyn=original.amount_tiyn,
            time=now,
            party=original.party,
            purpose=original.purpose,
            status="sent",
            path=(Moment("sent", now),),
            message=pack(Return(original.id, tokens)),
            refund_of=original.id,
            number=desk.next_number(),
        )
        with desk.commit() as changes:
            for coin, packed in zip(coins, tokens, strict=True):
                changes.drop(coin)
                changes.put(Upload(desk.holding(packed).output, packed, original.id, "new"))
            changes.put(original.moved("refunded", now))
            changes.put(back)
        return back


def refund_id(payment: bytes) -> bytes:
    """The id under which a refund stands in the history: one refund a payment."""
    return sha256(b"dt-refund" + payment).digest()[:16]
