"""What a card host answers to reversals, where credits stand against what they take back (ADR 0022).

=============  ==================================================  ======================================
credits of it  a void (DE 39 = 17)                                 any other reversal
=============  ==================================================  ======================================
none stand     00                                                  00
asked          91: nobody knows yet                                taken; 91 until the bank has said
stand          12, DE 95 what stands: they are undone first        taken; 10, DE 95 what stands for them
being undone   taken; 91 until the bank has said, then 00 or 10    the same
=============  ==================================================  ======================================

What is answered with 91 or 10 is said again, and then heard as if for the first time.
"""

from typing import Final

from card_switch.core.conversion import State
from card_switch.core.issuer.operations import REVERSALS, TAKEN, Operation, Operations, Taken
from card_switch.core.issuer.orders import BankOrders
from card_switch.core.node import Command, Keep, Send
from card_switch.core.rows import fingerprint
from tender.card.iso8583.message import Message, replacement_text
from tender.card.response_codes import is_void

APPROVED: Final = "00"
IN_PART: Final = "10"
INVALID: Final = "12"
UNKNOWN_YET: Final = "91"
DUPLICATE: Final = "94"
_FINAL: Final = frozenset({APPROVED, INVALID})
_MAY_STAND: Final = frozenset({State.ASKED, State.CONVERTED, State.UNDOING})


class Reversed(dict[str, Taken]):
    """Answers to reversals, by the reversal's key: said again, it gets the same."""

    def __init__(self, operations: Operations, orders: BankOrders) -> None:
        super().__init__()
        self._operations = operations
        self._orders = orders

    def again(self, key: str, message: Message) -> Message | None:
        """The answer to one that was taken; None for a new one."""
        taken = self.get(key)
        if taken is None:
            return None
        return taken.answer if taken.fingerprint == fingerprint(message) else message.answer(DUPLICATE)

    def refused(self, known: Operation, message: Message) -> Message | None:
        """The no to a void of what is, or may be, given back besides; None: it is taken."""
        if not is_void(message) or known.state is not State.CONVERTED:
            return None
        states = {one.state for one in self._operations.credits_of(known.name)}
        if State.ASKED in states:
            return message.answer(UNKNOWN_YET)
        if State.CONVERTED in states:
            return message.answer(INVALID, {95: replacement_text(known.stands_tiyn)})
        return None

    def told(self, known: Operation, message: Message) -> Message:
        """The answer to one that was taken upon the host, as far as the bank has done it."""
        given = any(one.state in _MAY_STAND for one in self._operations.credits_of(known.name))
        if not given or not self._orders.waits_to_undo(known.name):
            return message.answer(APPROVED)
        undone_tiyn = self._orders.bounded(known.name)
        if undone_tiyn is None:
            return message.answer(UNKNOWN_YET)
        return message.answer(IN_PART, {95: replacement_text(known.amount_tiyn - undone_tiyn)})

    def say(self, key: str, link: str, message: Message, answer: Message, now_ms: int) -> list[Command]:
        """Say it, and what is final for ever."""
        if answer.code not in _FINAL:
            return [Send(link, answer)]
        return [self.take(key, message, answer, now_ms), Send(link, answer)]

    def take(self, key: str, message: Message, answer: Message, now_ms: int) -> Keep:
        """From now on this is the answer."""
        taken = self[key] = Taken(key, fingerprint(message), answer, now_ms)
        return Keep(REVERSALS, key, TAKEN.encode(taken))
