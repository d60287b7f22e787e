"""Who is at the other end of a terminal's connection: one whose acquirer has handed it its key.

A terminal signs on with its number (DE 41), its merchant's (DE 42) and a code over the message (DE 128) under
a key that follows from both. The code covers a number (DE 53) that the acquirer has drawn for this connection
and says to a sign-on without it (63): one that was overheard opens no other connection. From then on whatever
is asked is asked by that terminal for that merchant, or is answered with 58. So is cash (DE 3 = 01) that is
asked for by anything but a cash machine, whose papers have a key of another sort: what it pays out is counted
as the bank's own. Where nobody signs on, each message carries its own code (DE 64 or 128).
"""

from typing import Protocol

from card_switch.core.day_views import CASH_KIND
from card_switch.core.keys import terminal_mac_zone
from card_switch.core.rows import text_of
from tender.card.iso8583.dialect import Dialect
from tender.card.iso8583.link import CHALLENGE
from tender.card.iso8583.message import Message
from tender.card.iso8583.sealing import covered, seal_of

_NAMES_ITS_MERCHANT = ("1", "2")
"""Second digit of the types of messages that must have DE 42: authorisations and financial ones."""


class TerminalMacs(Protocol):
    """What is asked of the key module."""

    def terminal_challenge(self) -> str:
        """Sixteen digits that nobody can foresee."""

    def terminal_mac_fits(self, zone: str, data: bytes, mac: bytes) -> bool:
        """Whether this is the code under the key of this zone."""


class TerminalGuard:
    """One connection's :class:`tender.card.iso8583.link.Guard`."""

    def __init__(self, bank: int, macs: TerminalMacs, dialect: Dialect) -> None:
        self._bank = bank
        self._macs = macs
        self._dialect = dialect
        self.challenge = macs.terminal_challenge()
        self._terminal = ""
        self._merchant = ""
        self._is_cash_machine = False

    def admits(self, sign_on: Message) -> bool:
        """Whether it is a terminal of this acquirer; the connection is this terminal's from here on."""
        if text_of(sign_on, CHALLENGE) != self.challenge:
            return False
        is_cash_machine = not self._proved(sign_on, False)
        if is_cash_machine and not self._proved(sign_on, True):
            return False
        self._is_cash_machine = is_cash_machine
        self._terminal, self._merchant = text_of(sign_on, 41), text_of(sign_on, 42)
        return True

    def allows(self, request: Message) -> bool:
        """Whether the terminal of this connection may say this."""
        cash = request.mti[1] in _NAMES_ITS_MERCHANT and text_of(request, 3)[:2] == CASH_KIND
        if not self._terminal:
            return (not cash and self._proved(request, False)) or self._proved(request, True)
        if cash and not self._is_cash_machine:
            return False
        named = 42 in request.fields or request.mti[1] in _NAMES_ITS_MERCHANT
        return text_of(request, 41) == self._terminal and (
            not named or text_of(request, 42) == self._merchant
        )

    def _proved(self, message: Message, cash_machine: bool) -> bool:
        terminal, merchant, mac = text_of(message, 41), text_of(message, 42), seal_of(message)
        if not (terminal and merchant and mac):
            return False
        zone = terminal_mac_zone(self._bank, terminal, merchant, cash_machine)
        return self._macs.terminal_mac_fits(zone, covered(message, self._dialect), mac)
