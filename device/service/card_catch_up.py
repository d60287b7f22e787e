"""What a card did away from its own wallet, written down when the wallet opens: money tapped away or come,
change the chip made, payments that a torn tap left half told.

The chip is right about money, whatever the file believes: it cannot be put back. The file alone knows names,
purposes and histories of what went. So the file follows the chip, and an old copy of it does too, as far as
the chip's own short log explains what is missing; beyond that it stays an old copy until a sync.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from device.core.model import (
    IN,
    KEY_FRESH,
    OFFLINE,
    OUT,
    Coin,
    Conversation,
    Moment,
    Payment,
    Upload,
)
from device.core.recovery import by_card
from device.service.desk import Desk
from tender.cash.chain import Holding
from tender.cash.messages import RECEIPT, REQUEST, Kind, pack_signed
from tender.cash.session_checks import coin_of
from tender.cash.session_state import Payer, decode_state
from tender.cash.token import Link
from tender.crypto.envelope import Typ
from tender.errors import Code, StoreError
from tender.purse.records import Direction, Kept, KeptIs, LogEntry, Status

_HERE: Final = frozenset({"paid", "settled", "returned", "received"})
"""Where a payment has ended: nobody needs the chip's memory of it any more."""


class Purse(Protocol):
    """The card as its own host sees it (:class:`hardware.card_element.CardElement`)."""

    def status(self) -> Status:
        """What it says of itself."""

    def live(self) -> frozenset[bytes]:
        """The outputs it holds."""

    def packed(self, output: bytes) -> bytes:
        """A token's history, of a spent one too until it is dropped."""

    def log(self) -> tuple[LogEntry, ...]:
        """Its last payments, the newest first."""

    def kept_row(self, output: bytes) -> Kept | None:
        """What was signed on an output and not acknowledged."""

    def asked(self, payment_id: bytes) -> tuple[bytes, bytes] | None:
        """A request it made, and the receipt that closed it."""

    def hold_back(self, counter: int | None) -> None:
        """Acknowledge nothing from here on."""


@dataclass(frozen=True, slots=True)
class _Torn:
    """A payment's link that no session of this wallet knows of and nobody has acknowledged: a tap was cut.

    The chip alone knows what was signed: the token may be change of an earlier tap, which this wallet's file
    has never seen. ``paid`` is the token as its payee will hold it; empty where the file has lost the
    certificate that it needs.
    """

    kept: Kept
    link: Link
    paid: bytes


def catch_up(desk: Desk, purse: Purse) -> None:
    """Follow the chip. Nothing to do, and nearly nothing asked of it, when it was nowhere else."""
    status = purse.status()
    if not desk.settings.enrolled:
        return
    _Catching(desk, purse).run(status)


class _Catching:
    def __init__(self, desk: Desk, purse: Purse) -> None:
        self._desk = desk
        self._purse = purse
        self._now = desk.now()

    def run(self, status: Status) -> None:
        desk = self._desk
        self._teach()
        if desk.store.mark == status.counter and status.acknowledged == status.counter:
            return
        live = self._purse.live()
        ours = self._in_sessions()
        lost = [coin for coin in desk.coins() if coin.spendable and coin.output not in live]
        gone = [one for one in lost if one.output not in ours and desk.element.has_signed(one.output)]
        known = {coin.output for coin in desk.coins()}
        came = [desk.holding(self._purse.packed(output)) for output in sorted(live - known)]
        came = [one for one in came if one.last is None or one.last.parent not in ours]
        torn = self._torn(ours)
        lines = self._lines(torn)
        explained = self._explained(gone, came, lines)
        # The terminal of a torn tap may still ask the chip for what it signed.
        self._purse.hold_back(min((one.kept.counter for one in torn), default=None))
        with desk.commit(caught_up=explained) as changes:
            for coin in gone:
                changes.drop(coin)
            owner = {output: line.id for line in lines for output in line.outputs}
            for holding in came:
                changes.put(desk.coin_of(holding.packed, owner.get(holding.output, b""), self._now))
            told = {line.id for line in lines}
            for one in torn:
                if one.paid and one.kept.payment_id in told:  # the others were told when they were found
                    output = desk.holding(one.paid).output
                    changes.put(Upload(output, one.paid, one.kept.payment_id, "new"))
            for line in (*lines, *self._finished(torn)):
                changes.put(line)
            for entry in desk.own_keys(KEY_FRESH):
                if desk.element.has_asked(entry.key):
                    changes.put(desk.used(entry))
            spent_tiyn = max(desk.settings.paid_since_sync_tiyn, status.spent_since_sync_tiyn)
            changes.put(replace(desk.settings, paid_since_sync_tiyn=spent_tiyn))

    def _teach(self) -> None:
        """What the root signed and what the bank certified, if a cut kept it from the chip."""
        desk = self._desk
        certified = {one.key: one.certificate for one in desk.own_keys() if one.certificate}
        desk.element.learn(desk.trust.directory.raw, certified)

    def _in_sessions(self) -> frozenset[bytes]:
        """What this wallet's own unfinished steps put down: they finish it themselves. What was put down for
        one payment and paid another one in a tap is not theirs any more."""
        found: dict[bytes, bytes] = {}
        for row in self._desk.store.all(Conversation):
            state = None if row.done else decode_state(row.state)
            if isinstance(state, Payer):
                found |= {coin.output: state.payment_id for coin in state.coins}
        kept = {output: self._purse.kept_row(output) for output in self._desk.element.kept()}
        for output, signed in kept.items():
            if signed is not None and any(signed.payment_id) and found.get(output) != signed.payment_id:
                found.pop(output, None)
        # Claims, splits and refunds pay no request, and are made by this wallet alone.
        made = {output for output, signed in kept.items() if signed and not any(signed.payment_id)}
        return frozenset(found) | {coin.output for coin in self._desk.unwritten() if coin.output in made}

    def _torn(self, ours: frozenset[bytes]) -> list[_Torn]:
        """Every link the chip keeps for a payment that nobody is known to have."""
        found: list[_Torn] = []
        for output in self._desk.element.kept():
            kept = None if output in ours else self._purse.kept_row(output)
            if kept is None or kept.kind != KeptIs.LINK or not any(kept.payment_id):
                continue
            row = self._desk.store.get(Payment, kept.payment_id)
            if row is None or (by_card(row) and row.status not in _HERE):
                link = Link.from_payload(kept.payload, "card.kept")
                found.append(_Torn(kept, link, self._paid(output, link, kept.signature)))
        return found

    def _paid(self, output: bytes, link: Link, signature: bytes) -> bytes:
        """The token as the payee of a torn tap will hold it."""
        desk = self._desk
        holding = desk.holding(self._purse.packed(output))
        try:
            certificate = desk.certificate_of(holding.holder)
        except StoreError as error:
            if error.code is not Code.CERTIFICATE_MISSING:
                raise
            return b""  # an old copy of the file: what is kept stays kept, and its terminal may still ask
        put = coin_of(holding, certificate, link.next_key, link.amount_tiyn, link.nonce)
        return put.paid(signature)

    # --- the history

    def _lines(self, torn: Iterable[_Torn]) -> list[Payment]:
        """A line for each payment in the chip's log that the history has not, oldest first, and for each
        torn one that the log has forgotten."""
        cut: dict[bytes, list[_Torn]] = {}
        for one in torn:
            cut.setdefault(one.kept.payment_id, []).append(one)
        log = {one.payment_id: one for one in reversed(self._purse.log())}
        forgotten = [
            LogEntry(
                payment,
                Direction.OUT,
                sum(one.link.amount_tiyn for one in some),
                self._now,
                len(some),
                some[0].kept.counter,
            )
            for payment, some in cut.items()
            if payment not in log
        ]
        new = [one for one in (*forgotten, *log.values()) if self._is_new(one)]
        first = self._desk.next_number()
        return [
            self._line(entry, cut.get(entry.payment_id, []), first + place) for place, entry in enumerate(new)
        ]

    def _finished(self, torn: Iterable[_Torn]) -> list[Payment]:
        """Torn taps of earlier that their terminal has finished since: the chip keeps nothing of them."""
        kept = {one.kept.payment_id for one in torn}
        return [
            row.moved("paid", self._now)
            for row in self._desk.store.all(Payment)
            if row.status == "sent" and by_card(row) and row.id not in kept
        ]

    def _is_new(self, entry: LogEntry) -> bool:
        return self._desk.store.get(Payment, entry.payment_id) is None

    def _line(self, entry: LogEntry, torn: list[_Torn], number: int) -> Payment:
        out = entry.direction == Direction.OUT
        status = ("sent" if torn else "paid") if out else "received"
        line = Payment(
            id=entry.payment_id,
            direction=OUT if out else IN,
            channel=OFFLINE,
            amount_tiyn=entry.amount_tiyn,
            time=entry.time,
            party="",
            purpose="",
            status=status,
            path=(Moment(status, entry.time),),
            outputs=tuple(self._desk.holding(one.paid).output for one in torn if one.paid),
            number=number,
        )
        return line if out else self._with_receipt(line)

    def _with_receipt(self, line: Payment) -> Payment:
        """What the card asked for, and its receipt, signed again in the same bytes."""
        asked = self._purse.asked(line.id)
        if asked is None or not asked[1]:
            return line
        payload, receipt_payload = asked
        request, receipt = REQUEST.decode(payload, "card.request"), RECEIPT.decode(receipt_payload, "card")
        signature = self._desk.element.sign_receipt(request.key, receipt)
        return replace(
            line,
            purpose=request.purpose,
            message=payload,
            receipt=pack_signed(Kind.RECEIPT, Typ.RECEIPT, receipt_payload, signature),
            outputs=receipt.outputs,
        )

    def _explained(self, gone: list[Coin], came: list[Holding], lines: list[Payment]) -> bool:
        """Whether the chip's log accounts for all that went: else more happened than it remembers."""
        passed = (one for one in came if one.last is not None)  # what is fresh from the issuer was loaded
        missing_tiyn = sum(coin.amount_tiyn for coin in gone) - sum(one.amount_tiyn for one in passed)
        out_tiyn = sum(line.amount_tiyn for line in lines if line.direction == OUT)
        return missing_tiyn <= out_tiyn - sum(line.amount_tiyn for line in lines if line.direction == IN)
