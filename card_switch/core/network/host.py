"""Where a network sends an acquirer's question: to the issuer whose BIN it is, if the pair is one of its own.

The network gives each question its life-cycle id, which goes with it to the issuer and back with the answer;
whatever follows carries it too.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from card_switch.core.keys import PinKeys, acquirer_zone, issuer_zone
from card_switch.core.node import ACQUIRER, Command, Row, issuer_link
from card_switch.core.numbering import LifeCycles
from card_switch.core.outside import Outside
from card_switch.core.relay import Relay
from card_switch.core.relay_rules import NO_ISSUER, Onward
from card_switch.core.rows import Conversation
from card_switch.core.timing import Timing
from tender.card.bins import issuer_of
from tender.card.iso8583.dialects import MASTERCARD_STYLE, VISA_STYLE, Dialect
from tender.card.iso8583.fields import path
from tender.card.iso8583.message import Message
from tender.card.pan import Scheme
from tender.errors import Code, RemoteProtocolError

WRONG_PIN_KEY: Final = "81"
FROM_ACQUIRER: Final = len(ACQUIRER)
SCHEME_DIALECTS: Final[Mapping[Scheme, Dialect]] = {
    Scheme.VISA: VISA_STYLE,
    Scheme.MASTERCARD: MASTERCARD_STYLE,
}


class NetworkRules:
    """The rules of one scheme."""

    def __init__(self, scheme: Scheme, pins: PinKeys, timing: Timing) -> None:
        self.scheme = scheme
        self._dialect = SCHEME_DIALECTS[scheme]
        self.numbers = LifeCycles(self._dialect)
        self._pins = pins
        self._timing = timing

    def completed(self, link: str, message: Message, now_ms: int) -> Message:
        """An acquirer's message has everything, and speaks in its own name, or is answered with a format
        error: nobody books or reverses in another bank's."""
        asks = message.is_request and link.startswith(ACQUIRER)
        if asks and message.acquirer.lstrip("0") != link[FROM_ACQUIRER:]:
            raise RemoteProtocolError(Code.FIELD_WRONG, path(32))
        return message

    def onward(self, link: str, message: Message, now_ms: int) -> Onward | str:
        """To the issuer of the card; a number of another scheme, or of nobody, goes nowhere (DT-C-02)."""
        pan = message.pan
        bank = issuer_of(pan.digits)
        if pan.scheme is not self.scheme or bank is None:
            return NO_ISSUER
        block = message.pin_block
        if block is not None:
            came_from = acquirer_zone(self.scheme.value, int(link[FROM_ACQUIRER:]))
            moved = self._pins.translate_pin(block, pan, came_from, issuer_zone(self.scheme.value, bank))
            if moved is None:
                return WRONG_PIN_KEY
            message = message.having({52: moved})
        life_cycle = self.numbers.next(now_ms)
        message = self._dialect.with_life_cycle_id(message, life_cycle)
        return Onward(issuer_link(bank), message, self._timing.network_ms(message), life_cycle)

    def life_cycle(self, conversation: Conversation, message: Message) -> str:
        """As this network gave it, whatever an issuer says."""
        return conversation.life_cycle

    def backward(self, conversation: Conversation, answer: Message) -> Message:
        """With the life-cycle id, also where an issuer forgot to repeat it."""
        return self._dialect.with_life_cycle_id(answer, conversation.life_cycle)

    def reversal(self, conversation: Conversation, message: Message) -> Message:
        """The acquirer's own: it speaks as the issuer does."""
        return message

    def identified(self, conversation: Conversation, message: Message) -> Message:
        """With the life-cycle id: the issuer knows the original by it and by nothing else."""
        return self._dialect.with_life_cycle_id(message, conversation.life_cycle)

    def other(self, link: str, message: Message, now_ms: int) -> Sequence[Command] | None:
        """Nothing else is said to a network yet."""
        return None

    def restore(self, row: Row) -> None:
        """A network keeps nothing else."""


def network(scheme: Scheme, pins: PinKeys, timing: Timing, outside: Outside | None = None) -> Relay:
    """The network of a scheme, named as the scheme is."""
    return Relay(scheme.value, NetworkRules(scheme, pins, timing), int(timing.again_s * 1000), outside)
