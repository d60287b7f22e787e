"""What every card in software does at power, at a command, and when it is torn out of the field."""

from abc import ABC, abstractmethod

from tender.card import apdu
from tender.card.apdu import Command, Response
from tender.errors import Code, DeviceError, RemoteProtocolError


class PoweredCard(ABC):
    """The half of a :class:`tender.ports.Card` that is the same for all of them."""

    _powered = False

    def power(self, on: bool) -> None:
        """Power or none; also the reset. Whatever a torn command began is finished or forgotten."""
        self._powered = False
        self._forget()
        if on:
            self._wake()
            self._powered = True

    def transmit(self, command: bytes) -> bytes:
        """One command; raises ``card-gone`` when the card is torn away meanwhile."""
        if not self._powered:
            raise DeviceError(Code.CARD_GONE, "card")
        try:
            parsed = Command.from_bytes(command)
        except RemoteProtocolError:
            return Response(b"", apdu.WRONG_LENGTH).to_bytes()
        try:
            return self._answered(parsed).to_bytes()
        except DeviceError as error:
            if error.code is Code.CARD_GONE:
                self.power(False)
            raise

    @abstractmethod
    def _forget(self) -> None:
        """What goes with the power."""

    @abstractmethod
    def _wake(self) -> None:
        """Finish in the memory what was begun before."""

    @abstractmethod
    def _answered(self, command: Command) -> Response:
        """What one command comes to."""
