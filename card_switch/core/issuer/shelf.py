"""An issuer's operations as the archive puts them away and brings them back (``archiving.py``)."""

from collections.abc import Callable, Container, Iterator, Sequence
from typing import Final

from card_switch.core.acquirer.batches import REFUND_KIND
from card_switch.core.archiving import Filed, Item, credit_words
from card_switch.core.conversion import State
from card_switch.core.issuer.checks import Kind
from card_switch.core.issuer.host import Issuer
from card_switch.core.issuer.operations import OPERATION, OPERATIONS, REVERSALS, Operation
from card_switch.core.issuer.settings import SPOKEN
from card_switch.core.node import Command, Forget, Row
from card_switch.core.outside import Place
from card_switch.core.returns import credit_word
from card_switch.core.rows import key_of, original_keys
from tender.card.iso8583.message import Message
from tender.errors import RemoteProtocolError

_OPEN: Final = frozenset({State.ASKED, State.UNDOING})
_OF_MONEY: Final = frozenset({State.CONVERTED, State.UNDONE, *_OPEN})


class Shelf:
    """One issuer's."""

    def __init__(self, issuer: Issuer, outside: Container[Place] = ()) -> None:
        """``outside``: links that end outside of this process, where a name may be given again."""
        self.name = issuer.name
        self._issuer = issuer
        self._outside = outside

    # --- putting away

    def items(self) -> Iterator[Item]:
        """Everything that is remembered of operations."""
        for known in tuple(self._issuer.operations.values()):
            yield self._item(known)

    def _item(self, known: Operation) -> Item:
        moves = bool(known.card) and known.state in _OF_MONEY
        words: tuple[str, ...] = (known.key, known.name)
        if known.state is State.CONVERTED:
            words += (_refund_word(known.request.stan, known.request.transmitted, known.request.acquirer),)
        words += credit_words(known.request) if known.kind == Kind.REFUND.value else ()
        return Item(
            Filed(self.name, OPERATIONS, known.key, b""),
            known.time_ms,
            (self._issuer.bank, known.name) if moves else None,
            known.state is State.BARRED,
            known.state not in _OPEN,
            words,
            lambda: self._issuer.operations.get(known.key) is known,
        )

    def row_data(self, key: str) -> bytes:
        """The row of an operation."""
        return OPERATION.encode(self._issuer.operations[key])

    def forget(self, key: str) -> None:
        """Remember it no more."""
        known = self._issuer.operations[key]
        del self._issuer.operations[key]
        if self._issuer.by_name.get(known.name) == key:
            del self._issuer.by_name[known.name]

    def forget_reversals(self, before_ms: int) -> list[Command]:
        """Answers to reversals that nobody repeats any more."""
        gone = [one.key for one in self._issuer.taken.values() if one.time_ms < before_ms]
        for key in gone:
            del self._issuer.taken[key]
        return [Forget(REVERSALS, key, self.name) for key in gone]

    # --- bringing back

    def asks_for(
        self, link: str, message: Message, now_ms: int, is_old: Callable[[str], bool]
    ) -> Sequence[str]:
        """What a reversal, a refund of a purchase, or a question of an old date speaks of."""
        try:
            words = self._words(link, message, is_old)
        except RemoteProtocolError:
            return ()
        known, named = self._issuer.operations, self._issuer.by_name
        found = any(one in known or one in named for one in words)
        reverses = message.mti[1] == "4" and 90 in message.fields and is_old(message.original.transmitted)
        return (*(() if found else words), *((credit_word(message),) if reverses else ()))

    def _words(self, link: str, message: Message, is_old: Callable[[str], bool]) -> tuple[str, ...]:
        name = SPOKEN[link].life_cycle_id(message)
        if message.mti[1] == "4":
            keys = original_keys(message) if 90 in message.fields else ()
            return (*((name,) if name else ()), *keys)
        of_old = is_old(message.transmitted)
        words: tuple[str, ...] = (key_of(message),) if of_old else ()
        if name and (of_old or (self.name, link) in self._outside):
            # The bank knows it for years: what it is asked under this name, to undo it too, is of the first.
            words += (name,)
        if 90 in message.fields and message.kind == REFUND_KIND:
            said = message.original
            words += (_refund_word(said.stan, said.transmitted, said.acquirer),)
        return words

    def knows(self, row: Row) -> bool:
        """Whether it is remembered."""
        return row.key in self._issuer.operations

    def recalled(self, row: Row) -> None:
        """Remember it again."""
        self._issuer.remember(OPERATION.decode(row.data, "row"))


def _refund_word(stan: str, transmitted: str, acquirer: str) -> str:
    """What a refund calls a purchase by (DE 90)."""
    return f"of/{stan}/{transmitted}/{acquirer.lstrip('0')}"
