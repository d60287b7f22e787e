"""Sockets in the wall of the card switch; adapters stand in ``hardware/``."""

from datetime import date
from typing import Protocol

from card_switch.core.keys import CardKeys, PinKeys
from tender.card.certificates import CaKey
from tender.card.pan import Pan, Track2
from tender.card.personalisation import Personalisation, Profile


class Hsm(CardKeys, PinKeys, Protocol):
    """A hardware security module: the keys of every host, in one sealed place (``hardware/hsm.py``).

    No key leaves it in the clear but for what is put on a card or into a terminal.
    """

    def ca_keys(self) -> tuple[CaKey, ...]:
        """The public keys of the card schemes' certification authorities, for terminals."""

    def terminal_key(self, zone: str) -> bytes:
        """The PIN key of a terminal (16 bytes), to be loaded into its PIN pad; never printed."""

    def terminal_mac_key(self, zone: str) -> bytes:
        """The key (16 bytes) of the codes over a terminal's messages, handed out with the one above."""

    def terminal_challenge(self) -> str:
        """Sixteen digits that nobody can foresee, for the sign-on over one connection."""

    def terminal_mac_fits(self, zone: str, data: bytes, mac: bytes) -> bool:
        """Whether this is the code over the data under the key of this zone."""

    def pin_verification_value(self, issuer: int, pan: Pan, pin: str) -> str:
        """PVV, four digits, of a PIN of four digits, for the card's record and its stripe."""

    def verification_value(self, issuer: int, pan: Pan, expiry: str, service_code: str) -> str:
        """CVV, iCVV or CVV2, by the service code as in :meth:`~card_switch.core.keys.CardKeys.cvv_fits`."""

    def stripe(self, issuer: int, pan: Pan, expiry: str, service_code: str, pin: str) -> Track2:
        """What is written on a card's magnetic stripe: the PVV of its PIN, and the stripe's own check value
        (CVV), which is not the chip's: what is read from a chip makes no stripe."""

    def personalise(
        self,
        issuer: int,
        profile: Profile,
        pan: Pan,
        sequence: int,
        name: str,
        begins: date,
        ends_month: int,
        pin: str,
    ) -> Personalisation:
        """Everything that goes on one card: keys derived for it, its own key pair, certificates.

        ``name``: as on the card (tag 5F20), ``ends_month``: 203012, ``pin``: four digits, which the chip
        checks too; track 2 gets the PVV and the chip's own check value (iCVV)."""
