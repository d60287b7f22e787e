"""What an issuer's host tells at the end of a day: each operation it has asked its bank for."""

from collections.abc import Iterator
from typing import Final

from card_switch.core.conversion import State
from card_switch.core.day_views import Issued
from card_switch.core.issuer.checks import SPENDS, Kind
from card_switch.core.issuer.host import Issuer

_OPEN: Final = frozenset({State.ASKED, State.UNDOING})
_KINDS: Final = frozenset(kind.value for kind in {*SPENDS, Kind.REFUND} - {Kind.PURCHASE_IN_DT})
"""What is settled between banks: not what a merchant got in Digital Tenge."""


class IssuedOperations:
    """The book of one issuer."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer

    def issued(self) -> Iterator[Issued]:
        """Spending costs the client, a refund gives. Where the bank refuses to undo, what it did stands,
        also of a purchase in Digital Tenge: the day shows that it differs."""
        orders = self._issuer.orders
        refused, later = orders.undone_only(), orders.undone_later()
        for one in self._issuer.operations.values():
            if (one.kind in _KINDS or one.name in refused) and one.card:
                stands_tiyn = one.stands_tiyn if one.state is State.CONVERTED else 0
                if one.name in refused:
                    stands_tiyn = one.amount_tiyn - refused[one.name]
                change_tiyn = -stands_tiyn if one.kind == Kind.REFUND.value else stands_tiyn
                # What the bank refuses to undo has an end that is known: it stands there until it does not.
                # What it could not undo just now has none yet.
                is_open = one.name in later or (one.state in _OPEN and one.name not in refused)
                yield Issued(one.name, change_tiyn, one.time_ms // 1000, is_open)
