"""Who is linked to whom, in which dialect and framing: the picture of the rails as data.

==================  ====================  ================  ==========
between             and                   dialect           framing
==================  ====================  ================  ==========
terminal            acquirer              Visa-style        tpdu-2
acquirer            Visa-style network    Visa-style        stations-4
acquirer            Mastercard-style one  Mastercard-style  length-2
acquirer            its bank's issuer     Visa-style        length-2
Visa-style network  issuer                Visa-style        stations-4
Mastercard-style    issuer                Mastercard-style  length-2
==================  ====================  ================  ==========

The left one signs on, but for a network and its issuer, where the issuer does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from card_switch.config import SwitchConfig
from card_switch.core.node import (
    MASTERCARD,
    OWN_ACQUIRER,
    OWN_ISSUER,
    TERMINAL,
    VISA,
    acquirer_link,
    issuer_link,
)
from card_switch.service.switchboard import Switchboard
from card_switch.service.terminal_guard import TerminalGuard, TerminalMacs
from tender.account.participants import number_text
from tender.card.bins import bin_of
from tender.card.iso8583.dialects import MASTERCARD_STYLE, VISA_STYLE, Dialect
from tender.card.iso8583.framing import LENGTH_2, STATIONS_4, TPDU_2, Framing, route_between
from tender.card.iso8583.link import Link, LinkTimers
from tender.card.pan import Pan, Scheme

SPOKEN: Final[dict[str, tuple[Dialect, Framing]]] = {
    VISA: (VISA_STYLE, STATIONS_4),
    MASTERCARD: (MASTERCARD_STYLE, LENGTH_2),
    OWN_ISSUER: (VISA_STYLE, LENGTH_2),
}
NETWORKS: Final = (VISA, MASTERCARD)
STATIONS: Final = {VISA: 900_001, MASTERCARD: 900_002}
"""Station numbers of the networks; a bank's is its own number."""
PIPE_TIMERS: Final = LinkTimers(echo_idle_ms=3_600_000)
"""Between hosts of one process nobody falls silent alone."""


def acquirer_name(bank: int) -> str:
    """The host of a bank's acquirer."""
    return f"acquirer-{number_text(bank)}"


def issuer_name(bank: int) -> str:
    """The host of a bank's issuer."""
    return f"issuer-{number_text(bank)}"


def network_of(bank: int) -> str:
    """The scheme an issuer belongs to, by its BIN."""
    scheme = Pan(bin_of(bank) + "0" * 10).scheme
    return VISA if scheme is Scheme.VISA else MASTERCARD


@dataclass(frozen=True, slots=True)
class Joint:
    """One link: host and its name of it, at the end that signs on and at the one that is signed on to."""

    asking: tuple[str, str]
    answering: tuple[str, str]
    speech: str
    bank: int


def joints(config: SwitchConfig) -> Iterator[Joint]:
    """Every link between two hosts."""
    for bank in config.acquirers:
        for network in NETWORKS:
            yield Joint((acquirer_name(bank), network), (network, acquirer_link(bank)), network, bank)
        if bank in config.issuers:
            ends = (acquirer_name(bank), OWN_ISSUER), (issuer_name(bank), OWN_ACQUIRER)
            yield Joint(*ends, OWN_ISSUER, bank)
    for bank in config.issuers:
        network = network_of(bank)
        yield Joint((issuer_name(bank), network), (network, issuer_link(bank)), network, bank)


def link_of(joint: Joint, asking: bool, timers: LinkTimers = PIPE_TIMERS) -> Link:
    """One end of a link."""
    dialect, framing = SPOKEN[joint.speech]
    far, near = STATIONS.get(joint.speech, joint.bank), joint.bank
    to, sender = (far, near) if asking else (near, far)
    route = route_between(framing.envelope, to, sender)
    return Link(framing, dialect, not asking, timers, route=route, institution=number_text(joint.bank))


@dataclass(frozen=True, slots=True)
class Port:
    """A way in (or out): for each connection host, name of the link, and the link. ``number``: the TCP port,
    0 for any free one. ``most``: connections at a time, 0 for no bound; ``quiet_s``: one that has not signed
    on for so long, or answers no echo, is closed, 0 for never."""

    shown: str
    number: int
    opened: Callable[[], tuple[str, str, Link]]
    most: int = 0
    quiet_s: float = 0


def join(board: Switchboard, config: SwitchConfig, now_ms: int) -> None:
    """Pipes between all hosts of this process whose links do not end outside."""
    for joint in joints(config):
        elsewhere = joint.asking in config.outside or joint.answering in config.outside
        if not elsewhere and joint.asking[0] in board.nodes and joint.answering[0] in board.nodes:
            board.pipe(
                (*joint.asking, link_of(joint, True)), (*joint.answering, link_of(joint, False)), now_ms
            )


def outside_port(config: SwitchConfig, place: tuple[str, str]) -> Port:
    """The port of a link that ends outside; raises ``KeyError`` for a link that there is none of."""
    found = {end: joint for joint in joints(config) for end in (joint.asking, joint.answering)}
    joint = found[place]
    make = partial(link_of, joint, place == joint.asking, LinkTimers())
    return Port("/".join(place), config.outside[place].port, lambda: (*place, make()))


class TerminalPort:
    """Where the terminals of one bank come to: a link of its own for each connection."""

    def __init__(
        self, bank: int, config: SwitchConfig, since_ms: int, macs: TerminalMacs | None = None
    ) -> None:
        """``since_ms``: when this process began, so that no connection has the name of an earlier one.
        ``macs``: by whose keys terminals are known; None lets anybody say anything, in virtual time."""
        self.bank = bank
        self._signs_on = config.signs_on
        self._macs = macs
        self._since = f"{since_ms:x}"
        self._count = 0
        self.port = Port(
            f"terminals of {number_text(bank)}",
            config.terminal_ports.get(bank, 0),
            self._opened,
            config.connections_most,
            config.sign_on_s,
        )

    def _opened(self) -> tuple[str, str, Link]:
        self._count += 1
        guard = None if self._macs is None else TerminalGuard(self.bank, self._macs, VISA_STYLE)
        link = Link(TPDU_2, VISA_STYLE, True, signs_on=self._signs_on, guard=guard)
        return acquirer_name(self.bank), f"{TERMINAL}{self._since}-{self._count}", link
