"""Claims: which money goes to the account, signed once, and signed again word for word after a cut."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256

from device.core.model import CLAIMED, OUT, OUTPUTS_MOST, Coin, Moment, Payment
from device.core.purse import Piece, choose_to_claim
from device.ports import Changes
from device.service.desk import Desk
from device.service.refunds import Refunds
from tender.cash.session_checks import coin_of, may_sign
from tender.cash.token import Claim, Link
from tender.crypto.certificates import DeviceCertificate
from tender.crypto.envelope import Envelope, Typ
from tender.errors import Code, DeviceError, Refusal


class Claiming:
    """Signs claims and splits, and stores them; nothing here is sent."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def claim(self, amount_tiyn: int | None) -> int | Refusal:
        """Claim exactly this much, or all that may be claimed; returns how much (tiyn).

        Money with a purpose is left where it is unless its rule names this device: no account could take it
        (:meth:`hand_in` is for that).
        """
        desk = self._desk
        account = desk.settings.account
        if account is None:
            return Refusal(Code.ACCOUNT_UNKNOWN, "account")
        barred = self.barred()
        coins = [coin for coin in desk.spendable() if coin not in barred]
        have_tiyn = sum(coin.amount_tiyn for coin in coins)
        if amount_tiyn is None:
            amount_tiyn = have_tiyn
        elif have_tiyn < amount_tiyn <= have_tiyn + sum(coin.amount_tiyn for coin in barred):
            facts = (("have_tiyn", have_tiyn), ("need_tiyn", amount_tiyn), ("purpose", barred[0].purpose))
            return Refusal(Code.COLOUR_BROKEN, "tokens.rule", facts)
        if not amount_tiyn:
            return 0
        pieces = choose_to_claim(coins, amount_tiyn, desk.now(), self._may_split)
        if isinstance(pieces, Refusal):
            return pieces
        self._sign([self._whole(piece) for piece in pieces], account)
        return amount_tiyn

    def hand_in(self, purpose: str) -> int | Refusal:
        """Claim the money of a purpose (or any) that does not name this device; returns how much (tiyn).

        No account gets it: it keeps its colour and waits to be loaded again (docs/adr/0014).
        """
        account = self._desk.settings.account
        if account is None:
            return Refusal(Code.ACCOUNT_UNKNOWN, "account")
        coins = [coin for coin in self.barred() if purpose in ("", coin.purpose)]
        amount_tiyn = sum(coin.amount_tiyn for coin in coins)
        if coins:
            self._sign(coins, account)
        return amount_tiyn

    def barred(self) -> list[Coin]:
        """Money in hand whose rule does not name this device."""
        return [coin for coin in self._desk.spendable() if coin.purpose and not self._named(coin)]

    def _named(self, coin: Coin) -> bool:
        desk = self._desk
        rule = desk.holding(coin.packed).rule
        packed = desk.certificate_of(coin.holder)
        mine = DeviceCertificate.unpack(packed, coin.holder, "certificate")
        return rule is None or rule.allows(mine.category, mine.business_number)

    def _may_split(self, coin: Coin, part_tiyn: int) -> bool:
        """Whether anybody could verify a part split off to the same key; asked before it is signed."""
        holding = self._desk.holding(coin.packed)
        certificate = self._desk.certificate_of(coin.holder)
        put = coin_of(holding, certificate, coin.holder, part_tiyn, b"")
        return may_sign(holding, put.link(), certificate, self._desk.trust) is None

    def _whole(self, piece: Piece) -> Coin:
        """The coin itself, or, when only part of it is to be claimed, that part split off to the same key."""
        coin, desk = piece.coin, self._desk
        if not piece.change_tiyn:
            return coin
        holding = desk.holding(coin.packed)
        put = coin_of(holding, desk.certificate_of(coin.holder), coin.holder, piece.pay_tiyn, b"")
        (signature,) = desk.element.sign_links([(coin.holder, put.link())])
        kept = put.kept(signature)
        now = desk.now()
        part = desk.coin_of(put.paid(signature), coin.payment, now)
        with desk.commit() as changes:
            changes.drop(coin)
            changes.put(part)
            if kept is not None:
                changes.put(desk.coin_of(kept, coin.payment, now))
        return part

    def _sign(self, coins: Sequence[Coin], account: bytes) -> None:
        """Signed and stored line by line: a cut leaves no more than one line to finish."""
        for group in _grouped(coins):
            self._sign_line(group, account)

    def _sign_line(self, coins: Sequence[Coin], account: bytes) -> None:
        desk = self._desk
        bank = desk.settings.bank
        claims = [Claim(coin.output, bank, account) for coin in coins]
        orders = [(coin.holder, claim) for coin, claim in zip(coins, claims, strict=True)]
        signatures = desk.element.sign_claims(orders)
        with desk.commit() as changes:
            for coin, claim, signature in zip(coins, claims, signatures, strict=True):
                changes.put(claimed(coin, claim.payload(), signature))
            self._put_lines(coins, changes)

    def _put_lines(self, coins: Sequence[Coin], changes: Changes) -> None:
        """The deposit's lines in the history, none with more coins than a line can name."""
        for number, group in enumerate(_grouped(coins), self._desk.next_number()):
            changes.put(self._line(group, number))

    def _line(self, coins: Sequence[Coin], number: int) -> Payment:
        """One line; the same coins make the same line, also after a cut."""
        now = self._desk.now()
        outputs = tuple(sorted(coin.output for coin in coins))
        return Payment(
            id=sha256(b"dt-deposit" + b"".join(outputs)).digest()[:16],
            direction=OUT,
            channel="deposit",
            amount_tiyn=sum(coin.amount_tiyn for coin in coins),
            time=now,
            party="",
            purpose="",
            status="claimed",
            path=(Moment("claimed", now),),
            outputs=outputs,
            number=number,
        )

    # --- after a cut

    def write_kept(self) -> None:
        """Refunds, splits and claims signed a moment before the power went."""
        desk = self._desk
        Refunds(desk).finish()
        left = desk.unwritten()
        if left:
            with desk.commit() as changes:
                claims = [coin for coin in left if self._write(coin, changes)]
                self._put_lines(claims, changes)

    def _write(self, coin: Coin, changes: Changes) -> bool:
        """Write down what the element kept of this coin; true when that is a claim."""
        desk = self._desk
        kept = desk.element.kept_of(coin.output)
        if kept is None:
            return False
        typ, payload, signature = kept
        if typ is Typ.CLAIM:
            changes.put(claimed(coin, payload, signature))
            return True
        link = Link.from_payload(payload, "kept")
        if link.next_key != coin.holder:
            return False  # a payment: its session finishes it
        holding = desk.holding(coin.packed)
        certificate = desk.certificate_of(coin.holder)
        put = coin_of(holding, certificate, link.next_key, link.amount_tiyn, link.nonce)
        changes.drop(coin)
        changes.put(desk.coin_of(put.paid(signature), coin.payment, desk.now()))
        rest = put.kept(signature)
        if rest is not None:
            changes.put(desk.coin_of(rest, coin.payment, desk.now()))
        return False

    def sign_again(self) -> None:
        """Claims that the element signed and neither it nor the file keeps: the very same are signed again.

        An element signs twice only what it signed once, so this cannot claim what was paid away.
        """
        desk = self._desk
        account, bank = desk.settings.account, desk.settings.bank
        kept = set(desk.element.kept())
        lost = [coin for coin in desk.coins() if coin.spendable and desk.element.has_signed(coin.output)]
        found = [] if account is None else list(self._again(lost, kept, bank, account))
        if found:
            with desk.commit() as changes:
                for coin in found:
                    changes.put(coin)
                self._put_lines(found, changes)

    def _again(self, coins: Iterable[Coin], kept: set[bytes], bank: int, account: bytes) -> Iterable[Coin]:
        for coin in coins:
            claim = Claim(coin.output, bank, account)
            if coin.output in kept:
                continue
            try:
                (signature,) = self._desk.element.sign_claims([(coin.holder, claim)])
            except DeviceError as error:
                if error.code is not Code.ELEMENT_REFUSED:
                    raise
                continue
            yield claimed(coin, claim.payload(), signature)


def _grouped(coins: Sequence[Coin]) -> Iterable[Sequence[Coin]]:
    """The coins of each line of the history."""
    return (coins[at : at + OUTPUTS_MOST] for at in range(0, len(coins), OUTPUTS_MOST))


def claimed(coin: Coin, payload: bytes, signature: bytes) -> Coin:
    """The coin with its signed claim."""
    raw = Envelope(Typ.CLAIM, payload, signature).to_bytes()
    return replace(coin, state=CLAIMED, claim=raw, code="")
