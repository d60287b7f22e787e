"""Where an acquirer sends a terminal's question, and what it adds to it.

A card of the bank's own stays inside the bank: no scheme hears of it, no clearing record is made (DT-C-31).
Any other goes to the network whose number range it lies in (DT-C-02, DT-C-32); whose card it is there is
the network's business. The PIN block is moved from the terminal's key to the next one's, unread. Terminals
and the bank's own issuer speak Visa-style; what goes to another network is put into that one's words.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from card_switch.core.acquirer.batches import Batches
from card_switch.core.keys import ON_US, PinKeys, acquirer_zone, terminal_zone
from card_switch.core.node import MASTERCARD, OWN_ISSUER, VISA, Command, Row
from card_switch.core.numbering import ON_US as ON_US_NUMBERS
from card_switch.core.numbering import LifeCycles
from card_switch.core.outside import Outside
from card_switch.core.relay import Relay
from card_switch.core.relay_rules import NO_ISSUER, NO_MONEY, Onward
from card_switch.core.rows import Conversation, text_of
from card_switch.core.timing import Timing
from tender.account.participants import number_text
from tender.card.bins import issuer_of
from tender.card.in_dt import DATA_ELEMENT as IN_DT
from tender.card.iso8583.dialects import MASTERCARD_STYLE, VISA_STYLE, Dialect, translated
from tender.card.iso8583.message import Message
from tender.card.iso8583.moments import transmitted_at
from tender.card.pan import Scheme

KAZAKHSTAN: Final = "398"
BAD_NUMBER: Final = "14"
WRONG_PIN_KEY: Final = "81"
SCHEME_LINKS: Final = {Scheme.VISA: VISA, Scheme.MASTERCARD: MASTERCARD}
TERMINAL_DIALECT: Final = VISA_STYLE
DIALECTS: Final[Mapping[str, Dialect]] = {
    OWN_ISSUER: VISA_STYLE,
    VISA: VISA_STYLE,
    MASTERCARD: MASTERCARD_STYLE,
}
"""What is spoken over each link onwards."""
NETWORKS_OWN: Final = (62, 63)
"""What only networks have a say in; a terminal's own private data goes no further than its acquirer."""
ID_DIGITS: Final = 15
"""Of a life-cycle id as terminals see it; a shorter one of another scheme has zeros before it."""


def _said_as(message: Message, source: Dialect, target: Dialect) -> Message:
    """In the words of the other dialect. What a till says of Digital Tenge goes along in all of them."""
    moved = translated(message, source, target)
    return moved.having({IN_DT: message.fields[IN_DT]}) if IN_DT in message.fields else moved


class AcquirerRules:
    """The rules of one bank's acquirer."""

    def __init__(self, bank: int, pins: PinKeys, timing: Timing) -> None:
        self.bank = bank
        self.batches = Batches()
        self.numbers = LifeCycles(DIALECTS[OWN_ISSUER], ON_US_NUMBERS)
        self._pins = pins
        self._timing = timing

    def completed(self, link: str, message: Message, now_ms: int) -> Message:
        """With the acquirer's number and country, and a time and a reference where the terminal gave none.

        The time is the terminal's own where it has one, so that a repeated question has the same name."""
        more: dict[int, str | bytes] = {32: number_text(self.bank), 19: KAZAKHSTAN}
        local = text_of(message, 13) + text_of(message, 12)
        sent = text_of(message, 7) or (local if len(local) == 10 else transmitted_at(now_ms))
        more[7] = sent
        if not text_of(message, 37):
            more[37] = f"{sent[:6]}{text_of(message, 11):0>6}"
        return message.without(*NETWORKS_OWN).having(more)

    def onward(self, link: str, message: Message, now_ms: int) -> Onward | str:
        """To the bank's own issuer or to a scheme."""
        if message.kind not in NO_MONEY:
            # What is no amount of tenge ends here, with a format error.
            _ = message.amount_tiyn
        pan = message.pan
        if not pan.luhn_holds:
            return BAD_NUMBER
        if pan.scheme is None:
            return NO_ISSUER
        on_us = issuer_of(pan.digits) == self.bank
        link_onward = OWN_ISSUER if on_us else SCHEME_LINKS[pan.scheme]
        block = message.pin_block
        if block is not None:
            came_from = terminal_zone(self.bank, message.terminal)
            goes_to = acquirer_zone(ON_US if on_us else link_onward, self.bank)
            moved = self._pins.translate_pin(block, pan, came_from, goes_to)
            if moved is None:
                return WRONG_PIN_KEY
            message = message.having({52: moved})
        patience_ms = self._timing.acquirer_ms(message)
        message = _said_as(message, TERMINAL_DIALECT, DIALECTS[link_onward])
        if not on_us:
            return Onward(link_onward, message, patience_ms)
        life_cycle = self.numbers.next(now_ms)
        message = DIALECTS[link_onward].with_life_cycle_id(message, life_cycle)
        return Onward(link_onward, message, patience_ms, life_cycle)

    def life_cycle(self, conversation: Conversation, message: Message) -> str:
        """As the scheme gave it; what stays inside the bank is called as this acquirer did."""
        return conversation.life_cycle or DIALECTS[conversation.onward].life_cycle_id(message)

    def backward(self, conversation: Conversation, answer: Message) -> Message:
        """As the issuer said it, in the terminal's words."""
        source = DIALECTS[conversation.onward]
        said = _said_as(answer, source, TERMINAL_DIALECT)
        life_cycle = source.life_cycle_id(answer) or conversation.life_cycle
        return (
            TERMINAL_DIALECT.with_life_cycle_id(said, f"{life_cycle:0>{ID_DIGITS}}") if life_cycle else said
        )

    def reversal(self, conversation: Conversation, message: Message) -> Message:
        """The terminal's, in the words of where the original went."""
        return translated(message, TERMINAL_DIALECT, DIALECTS[conversation.onward])

    def identified(self, conversation: Conversation, message: Message) -> Message:
        """With the life-cycle id, where an answer has brought it."""
        if not conversation.life_cycle:
            return message
        return DIALECTS[conversation.onward].with_life_cycle_id(message, conversation.life_cycle)

    def other(self, link: str, message: Message, now_ms: int) -> Sequence[Command] | None:
        """Totals of a terminal's batch."""
        return self.batches.heard(link, message, now_ms)

    def restore(self, row: Row) -> None:
        """A batch that was closed."""
        self.batches.restore(row)


def acquirer(
    bank: int, pins: PinKeys, timing: Timing, outside: Outside | None = None
) -> tuple[Relay, Batches]:
    """The acquirer of a bank, and the batches its terminals close; ``outside``: of all acquirers together."""
    rules = AcquirerRules(bank, pins, timing)
    relay = Relay(f"acquirer-{number_text(bank)}", rules, int(timing.again_s * 1000), outside)
    rules.batches.of(relay.conversations)
    return relay, rules.batches
