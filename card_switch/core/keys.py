"""What the hosts ask of a hardware security module. Keys stay inside; here go names of keys and results.

An issuer is named by its bank's number. A PIN is only ever seen enciphered, and always under the key of one
*zone*: between a terminal and its acquirer, between a host and its network, or inside one bank. Chip data is
a mapping of EMV tags to values, as it stood in DE55. Adapters stand in ``hardware/hsm.py``.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from tender.account.participants import number_text
from tender.card.pan import Pan

ON_US: Final = "on-us"


def terminal_zone(acquirer: int, terminal: str) -> str:
    """The zone of a terminal (DE41, eight characters) and its acquirer: its key is the terminal's PIN key."""
    return f"terminal/{number_text(acquirer)}/{terminal.strip()}"


def terminal_mac_zone(acquirer: int, terminal: str, merchant: str, cash_machine: bool = False) -> str:
    """The zone of a terminal and the merchant it serves (DE41, DE42): its key is that of the codes over its
    messages, so that whoever has it can be no other terminal, and no other merchant's; and no cash machine
    unless it is one: what a cash machine pays out is its bank's own cash."""
    sort = "/cash-machine" if cash_machine else ""
    return f"terminal-mac/{number_text(acquirer)}{sort}/{terminal.strip()}/{merchant.strip()}"


def acquirer_zone(network: str, bank: int) -> str:
    """The zone of an acquirer and its network (``visa``), or of its own issuer (:data:`ON_US`)."""
    return f"{network}/acquirer/{number_text(bank)}" if network != ON_US else f"{ON_US}/{number_text(bank)}"


def issuer_zone(network: str, bank: int) -> str:
    """The zone of an issuer and its network, or of its own acquirer (:data:`ON_US`)."""
    return f"{network}/issuer/{number_text(bank)}" if network != ON_US else f"{ON_US}/{number_text(bank)}"


class PinKeys(Protocol):
    """What an acquirer and a network ask: a PIN block moves from one zone to the next, unread."""

    def translate_pin(self, pin_block: bytes, pan: Pan, from_zone: str, to_zone: str) -> bytes | None:
        """DE52 under the next zone's key (ISO 9564 format 0); None when it is no PIN block under the first
        one (answer 81: somebody's key is wrong)."""


class CardKeys(Protocol):
    """What an issuer's card host asks."""

    def cryptogram_fits(self, issuer: int, pan: Pan, sequence: int, chip: Mapping[int, bytes]) -> bool:
        """Whether tag 9F26 is this card's cryptogram over the data beside it, by the version its 9F10 names:
        Visa-style CVN 10 and 18, M/Chip 10, 11, 14, 15 (hexadecimal). False also for a version that is none
        of them and for data that is missing: never an approval by default."""

    def issuer_authentication(
        self,
        issuer: int,
        pan: Pan,
        sequence: int,
        chip: Mapping[int, bytes],
        response_code: str,
        approved: bool,
    ) -> bytes:
        """The value of tag 91 for a cryptogram that fits (``response_code``: DE39, two characters).

        CVN 10: ARPC by method 1, then the response code. CVN 18: ARPC by method 2 (four bytes), then the card
        status update, 00 82 00 00 for an approval that resets the card's counters, else zeros. M/Chip: ARPC
        by method 1, then the two bytes it is made of, 00 12 for the same approval, else zeros."""

    def script_commands(
        self,
        issuer: int,
        pan: Pan,
        sequence: int,
        chip: Mapping[int, bytes],
        instructions: Sequence[str],
    ) -> tuple[bytes, ...]:
        """Command APDUs with their MAC of eight bytes, one for each of ``pin-unblock``, ``block`` and
        ``unblock`` (of the application), ``card-block``; in the order given, for the MACs count them."""

    def cvv_fits(self, issuer: int, pan: Pan, expiry: str, service_code: str, cvv: str) -> bool:
        """Whether this is the three-digit value of a card. ``expiry``: YYMM; ``service_code``: the card's
        own for its stripe, ``999`` for the chip's (iCVV), ``000`` for the printed one (CVV2)."""

    def pin_fits(self, issuer: int, zone: str, pin_block: bytes, pan: Pan, pvv: str) -> bool | None:
        """Whether the PIN in DE52 is the one this PVV was made of; None when it is no PIN block under the
        key of the zone."""
