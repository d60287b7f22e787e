"""A payment between two screens, as a value: what is shown as a code now, and what may come back.

Request code → payment code → receipt code: each side shows the last message of a step and scans the other's.
Nothing is decided here: the session does (``tender.cash.session``). These functions run in the thread of the
store; what they raise are the errors of the services.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from device.service.money import Proposal, Told
from device.service.view import Payment
from device.service.wallet import Wallet
from faces.phrases import party
from tender.cash.beside import for_carrier
from tender.cash.messages import Kind, open_request, payment_id_of, unwrap
from tender.errors import Refusal

NEWS_MOST_BYTES: Final = 600
"""Bytes of lists beside a message that is shown as a code: some steps, and not one frame of them too many."""

ANSWERS: Final[Mapping[Kind, frozenset[Kind]]] = {
    Kind.REQUEST: frozenset({Kind.OFFER, Kind.TRANSFER, Kind.REFUSED}),
    Kind.OFFER: frozenset({Kind.READY, Kind.REFUSED}),
    Kind.READY: frozenset({Kind.TRANSFER, Kind.REFUSED}),
    Kind.TRANSFER: frozenset({Kind.RECEIPT, Kind.RETURN, Kind.REFUSED}),
    Kind.REFUSED: frozenset({Kind.TRANSFER}),
}
"""What may answer a message that is shown; a receipt and a return end the conversation."""

OVER: Final = frozenset({"paid", "received", "returned", "recorded", "claimed", "settled", "refunded"})
"""Nothing more is to be done between the two devices."""

NOT_PAID: Final = "declined"
"""The payer said no, or may not; the payee may be shown why."""

_GOES_ON: Final = frozenset({"requested", "partial", "offered", "signing", "sent"})
"""While a payment stands so, what was shown before still helps when a step has nothing new to show."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a payment stands for this side. Amounts in tiyn.

    ``proposal``: what the person is asked, with ``left_tiyn`` in hand afterwards and whether the PIN is asked
    for (``needs_pin``: above what the profile lets go without). ``shows``: the message shown as a code, of
    this ``kind``; empty when nothing is left to show. ``again``: the message that led here was
    heard before. ``refusal``: why the other side's message was not taken.
    """

    payment: bytes
    amount_tiyn: int
    status: str
    party: str = ""
    purpose: str = ""
    shows: bytes = field(default=b"", repr=False)
    kind: Kind | None = None
    proposal: Proposal | None = field(default=None, repr=False)
    needs_pin: bool = False
    left_tiyn: int = 0
    again: bool = False
    refusal: Refusal | None = None

    @property
    def said_no(self) -> bool:
        """Whether what is shown tells the payee why nothing is paid."""
        return self.status == NOT_PAID

    @property
    def awaits(self) -> frozenset[Kind]:
        """Which messages answer what is shown; none when the conversation is over here."""
        return frozenset() if self.kind is None or self.said_no else ANSWERS.get(self.kind, frozenset())


def ask(wallet: Wallet, amount_tiyn: int, purpose: str) -> Stage | Refusal:
    """A new request, ready to be shown."""
    made = wallet.money.request(amount_tiyn, purpose)
    if isinstance(made, Refusal):
        return made
    return Stage(
        made.payment,
        amount_tiyn,
        "requested",
        purpose=purpose,
        shows=for_carrier(made.message, NEWS_MOST_BYTES),
        kind=Kind.REQUEST,
    )


def answers(stage: Stage, data: bytes) -> bool | None:
    """Whether a message answers what is shown; None when it belongs to another payment. An earlier step of
    this one, which a camera goes on seeing, answers nothing. Raises for what is no message."""
    kind, _ = unwrap(data)
    if payment_id_of(data) != stage.payment:
        return None
    return kind in stage.awaits


def hear(wallet: Wallet, data: bytes, stage: Stage | None = None) -> Stage | Refusal:
    """The other side's message, taken. A request becomes a question; one already paid shows its payment
    again; anything else is the next step of the payment it names."""
    kind, _ = unwrap(data)
    row = wallet.desk.store.get(Payment, payment_id_of(data))
    before = Stage(row.id, row.amount_tiyn, row.status, row.party, row.purpose) if row is not None else None
    stage = stage or before
    if kind is not Kind.REQUEST:
        told = wallet.money.receive(data)
        if isinstance(told, Refusal):
            return told
        return replace(_after(told, stage), again=before is not None and before.status == told.status)
    found = wallet.money.propose(data)
    if isinstance(found, Refusal):
        return found
    if isinstance(found, Proposal):
        return asked(wallet, found)
    return replace(_after(found, stage), again=True)


def why_not(wallet: Wallet, request: bytes, refusal: Refusal) -> Stage | Refusal:
    """A request that this device refused, as what the payee may be shown: which of our words it was, and no
    amount of ours. Raises for what is no request."""
    message = open_request(request)
    no = for_carrier(wallet.money.say_no(request, refusal), NEWS_MOST_BYTES)
    amount_tiyn, purpose = message.request.amount_tiyn, message.request.purpose
    return Stage(message.payment_id, amount_tiyn, NOT_PAID, "", purpose, no, Kind.REFUSED, refusal=refusal)


def say_yes(wallet: Wallet, stage: Stage) -> Stage | Refusal:
    """Sign what was asked, and show the payment."""
    assert stage.proposal is not None
    told = wallet.money.confirm(stage.proposal)
    return told if isinstance(told, Refusal) else _after(told, stage)


def say_no(wallet: Wallet, stage: Stage) -> Stage:
    """Nothing is signed; the message that says so may be shown to the payee."""
    assert stage.proposal is not None
    return _after(wallet.money.decline(stage.proposal), stage)


def go_on(wallet: Wallet, name: str) -> Stage | Refusal:
    """A payment that was left in the middle, by the beginning of its number: the same message again, or where
    it stands now."""
    row = wallet.view.payment(name)
    if isinstance(row, Refusal):
        return row
    told = wallet.money.resume(row.id)
    before = Stage(row.id, row.amount_tiyn, row.status, row.party, row.purpose)
    return told if isinstance(told, Refusal) else _after(told, before)


def give_up(wallet: Wallet, payment: bytes) -> Stage | Refusal:
    """Cancel; frees only what was never signed."""
    told = wallet.money.cancel(payment)
    return told if isinstance(told, Refusal) else _after(told, None)


def asked(wallet: Wallet, found: Proposal) -> Stage:
    """What the person is asked."""
    return Stage(
        found.payment,
        found.amount_tiyn,
        "asked",
        party(found.name, found.phone, found.business_number or "", found.bank),
        found.purpose,
        proposal=found,
        needs_pin=found.amount_tiyn > wallet.desk.profile().without_pin_tiyn,
        left_tiyn=wallet.view.balance().spendable_tiyn - found.amount_tiyn,
    )


def _after(told: Told, stage: Stage | None) -> Stage:
    """The stage after a step: the other side needs the last message."""
    before = stage or Stage(told.payment, told.amount_tiyn, told.status)
    stays = before.shows if told.status in _GOES_ON else b""
    shows = for_carrier(told.messages[-1], NEWS_MOST_BYTES) if told.messages else stays
    return Stage(
        told.payment,
        told.amount_tiyn,
        told.status,
        told.party or before.party,
        before.purpose,
        shows=shows,
        kind=unwrap(shows)[0] if shows else None,
        refusal=told.refusal,
    )
