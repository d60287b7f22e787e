"""Every operation as acquirers, networks and issuers have it, for the end of a day and for the archive.

A conversation is read once, and again only after it has changed: closing takes the time of what is new.

Whoever is outside of this process tells nobody anything at the end of a day. There counts what the next host
here has heard: of a foreign issuer or acquirer what its network has, of a foreign network what the acquirer
has. The bank behind it books the same, or its report says which line it does not know.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from card_switch.core.acquirer.batches import REFUND_KIND
from card_switch.core.day_records import Mismatch
from card_switch.core.issuer.operations import name_without_id
from card_switch.core.node import OWN_ISSUER, acquirer_link, issuer_link
from card_switch.core.outside import Place
from card_switch.core.relay import Relay
from card_switch.core.relay_rules import NO_MONEY
from card_switch.core.rows import Conversation, State, text_of
from tender.card.bins import issuer_of
from tender.card.in_dt import DATA_ELEMENT as IN_DT
from tender.card.in_dt import paid_in_dt

CASH_KIND: Final = "01"

Name = tuple[int, str]
"""The issuing bank and the life-cycle id: how an operation is called at every host."""


@dataclass(frozen=True, slots=True)
class Acquired:
    """One operation at its acquirer; ``change_tiyn``: what the client pays (minus: is paid)."""

    bank: int
    merchant: str
    on_us: bool
    change_tiyn: int


@dataclass(frozen=True, slots=True)
class Issued:
    """One operation as an issuer's host has it."""

    name: str
    change_tiyn: int
    time_s: int
    open: bool
    """Whether its end is not known yet."""


class IssuerBook(Protocol):
    """What an issuer's host tells at the end of a day."""

    def issued(self) -> Iterable[Issued]:
        """Every operation it has asked its bank for."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands of one merchant's operations in the day that is open: how many, and how much at its
    acquirer and at the issuers."""

    operations: int
    acquired_tiyn: int
    issued_tiyn: int


@dataclass(frozen=True, slots=True)
class Line:
    """One conversation. ``name``: of its operation, None where no money is asked for; ``acquired``: None too
    where Digital Tenge went over as such, which is no business of the rails."""

    name: Name | None
    acquired: Acquired | None


def line_of(bank: int | None, conversation: Conversation) -> Line:
    """What an acquirer (of this bank) or a network (None: the bank the message names) tells."""
    if not _of_money(conversation) or conversation.kind in NO_MONEY:
        return Line(None, None)
    life_cycle = conversation.life_cycle
    if not life_cycle and conversation.state is not State.GIVEN_UP:
        life_cycle = name_without_id(conversation.key, conversation.time_ms)  # of a network that gives none
    request, answer = conversation.request, conversation.answer
    issuer = issuer_of(request.pan.digits)
    if issuer is None or not life_cycle:
        return Line(None, None)
    name = (issuer, life_cycle)
    if answer is not None and paid_in_dt(text_of(request, IN_DT), text_of(answer, IN_DT)):
        return Line(name, None)
    stands_tiyn = conversation.stands_tiyn if conversation.state is State.APPROVED else 0
    merchant = "" if request.kind == CASH_KIND else text_of(request, 42)
    change_tiyn = -stands_tiyn if request.kind == REFUND_KIND else stands_tiyn
    on_us = conversation.onward == OWN_ISSUER
    acquirer = int(request.acquirer) if bank is None else bank
    return Line(name, Acquired(acquirer, merchant, on_us, change_tiyn))


class Lines:
    """The lines of every conversation of these hosts."""

    def __init__(
        self,
        acquirers: Mapping[int, Relay],
        networks: Iterable[Relay],
        issuers: Mapping[int, IssuerBook],
        outside: Container[Place] = (),
    ) -> None:
        """``outside``: the links that end outside of this process, by host and its name of the link."""
        self._outside = outside
        self._acquirers = {relay.name: (bank, relay) for bank, relay in acquirers.items()}
        self._networks = {relay.name: relay for relay in networks}
        self._issuers = issuers
        self._read: dict[str, dict[str, tuple[Conversation, Line]]] = {}

    def line(self, relay: Relay, conversation: Conversation) -> Line:
        """Read now, or before if it is still the same."""
        read = self._read.setdefault(relay.name, {})
        known = read.get(conversation.key)
        if known is not None and known[0] is conversation:
            return known[1]
        bank = self._acquirers[relay.name][0] if relay.name in self._acquirers else None
        line = line_of(bank, conversation)
        read[conversation.key] = (conversation, line)
        return line

    def views(self) -> "Views":
        """All of them as they stand."""
        found = Views({}, {}, {}, {})
        for bank, book in self._issuers.items():
            for one in book.issued():
                if one.open:
                    found.open_since[bank] = min(found.open_since.get(bank, one.time_s), one.time_s)
                found.issued[bank, one.name] = one.change_tiyn
        for relay in self._networks.values():
            for name, told, _ in self._told(relay):
                found.cleared[name] = told
                if (relay.name, issuer_link(name[0])) in self._outside:
                    found.issued.setdefault(name, told.change_tiyn)
                if self._acquired_elsewhere(relay, told.bank):
                    found.acquired[name] = told
        for _, relay in self._acquirers.values():
            for name, told, onward in self._told(relay):
                found.acquire(name, told)
                if (relay.name, onward) in self._outside:
                    found.cleared.setdefault(name, told)
                    found.issued.setdefault(name, told.change_tiyn)
        return found

    def _acquired_elsewhere(self, network: Relay, bank: int) -> bool:
        """Whether this bank's acquirer at a network is none of ours. Where both ends of that link lie outside
        they may be each other's: what ours does not have is named then, not taken from the network."""
        asks = any(
            of == bank and (name, network.name) in self._outside for name, (of, _) in self._acquirers.items()
        )
        return (network.name, acquirer_link(bank)) in self._outside and not asks

    def _told(self, relay: Relay) -> Iterator[tuple[Name, Acquired, str]]:
        """What one host has of each operation, and where it sent it."""
        read = self._read.get(relay.name, {})
        for gone in [key for key in read if key not in relay.conversations]:
            del read[gone]
        for conversation in relay.conversations.values():
            line = self.line(relay, conversation)
            if line.name is not None and line.acquired is not None:
                yield line.name, line.acquired, conversation.onward

    def is_ours(self, issuer: int) -> bool:
        """Whether this issuer's host is in this process."""
        return issuer in self._issuers


@dataclass(frozen=True, slots=True)
class Views:
    """Every operation as acquirers, networks and issuers have it."""

    acquired: dict[Name, Acquired]
    cleared: dict[Name, Acquired]
    issued: dict[Name, int]
    open_since: dict[int, int]
    ambiguous: set[Name] = field(default_factory=set)
    """What acquirers call more than one operation: whose money it is nobody can tell."""

    def acquire(self, name: Name, told: Acquired) -> None:
        """What one acquirer of this process has of an operation."""
        before = self.acquired.get(name)
        if before is not None:
            self.ambiguous.add(name)
            told = replace(told, change_tiyn=told.change_tiyn + before.change_tiyn)
        self.acquired[name] = told

    def names(self) -> list[Name]:
        """Every operation anybody knows, in order."""
        return sorted({*self.acquired, *self.cleared, *self.issued})

    def mismatches(self) -> Iterator[Mismatch]:
        """Operations that do not stand alike everywhere."""
        for name in sorted({*self.acquired, *self.cleared, *self.issued}):
            one = self.acquired.get(name)
            at_acquirer = change_of(one)
            on_us = one.on_us if one else False
            at_network = at_acquirer if on_us else change_of(self.cleared.get(name))
            at_issuer = self.issued.get(name, 0)
            if name in self.ambiguous or not at_acquirer == at_network == at_issuer:
                yield Mismatch(name[0], name[1], at_acquirer, at_network, at_issuer)

    def until_s(self, bank: int, now_ms: int) -> int:
        """Operations the bank took before this second have to be in some day by now."""
        return min(self.open_since.get(bank, now_ms // 1000 + 1), now_ms // 1000 + 1)


def change_of(one: Acquired | None) -> int:
    return one.change_tiyn if one else 0


def _of_money(conversation: Conversation) -> bool:
    """Requests only: a reversal has changed what it takes back."""
    return conversation.request.mti[1] in "12" and conversation.state in (
        State.APPROVED,
        State.REVERSED,
        State.GIVEN_UP,
    )
