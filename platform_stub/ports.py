"""What a participant needs from outside, and what whoever stands in front of the platform may call."""

from typing import Protocol

from tender.account.eds import SignedOrder


class Exchange(Protocol):
    """The way from one participant to another: through the gateway, in this process or over HTTP."""

    def send(self, kind: str, raw: bytes) -> bytes:
        """Deliver an order, return its signed reply; raises :class:`tender.errors.LinkError`."""


class Receiver(Protocol):
    """Somebody who answers signed orders."""

    def take(self, signed: SignedOrder, checked: bytes | None = None) -> bytes:
        """The signed reply to an order. ``checked``: the public key (32 bytes) under which the caller, in
        this process, found the signature good; it is not checked again if the receiver trusts that key."""


class FrontDoor(Protocol):
    """The API gateway, the platform's one entry (DT-P-36)."""

    def platform(self, kind: str, raw: bytes) -> bytes:
        """A participant's order to another participant."""

    def bank(self, number: int, kind: str, raw: bytes) -> bytes:
        """A client's order to its bank."""

    def health(self) -> dict[str, str | int]:
        """Who is there and which directory is in force."""
