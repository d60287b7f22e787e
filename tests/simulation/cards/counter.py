"""The real card counter of a till (``pos/service``) over rows in memory.

Nothing that decides is written here: the table, the order of commits, what ends a reversal and what is said
again are the product's own, and cannot drift from it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Final, Protocol, TypeVar, cast

from hardware.entropy import SeededEntropy
from pos.core.card_batch import BatchClosing
from pos.core.card_cassette import CASSETTE_ROW, Cassette
from pos.core.card_messages import Shop
from pos.core.card_settings import CARD_SETTINGS_ROW, CardSettings
from pos.core.card_tender import CardPayment
from pos.ports import CardParts
from pos.service.card_by_number import CardByNumber
from pos.service.card_desk import CardDesk
from pos.service.card_machine import CashMachine
from pos.service.card_taking import Cards
from pos.service.desk import TillDesk
from pos.service.taking import Takings
from pos.service.tapping import Taps

R = TypeVar("R")
CITY: Final = "Almaty"


def name_of(row: Any) -> Any:
    """By what a row is found."""
    match row:
        case CardSettings():
            return CARD_SETTINGS_ROW
        case Cassette():
            return CASSETTE_ROW
        case CardPayment():
            return row.batch, row.number
        case BatchClosing():
            return row.batch
    raise AssertionError(row)


class Rows(Protocol):
    """The rows of one terminal, wherever they lie."""

    def get(self, of: type[R], name: Any) -> R | None:
        """As ``TillStore.get``."""

    def all(self, of: type[R]) -> tuple[R, ...]:
        """As ``TillStore.all``."""

    def write(self, rows: list[Any]) -> None:
        """All of them at once."""


class Book:
    """The rows of one terminal; they outlive its processes. ``written`` is told of each commit's rows."""

    def __init__(self, *rows: Any) -> None:
        self._rows: dict[type[Any], dict[Any, Any]] = {}
        self.written: Callable[[list[Any]], None] = lambda _rows: None
        self.write(list(rows))

    def write(self, rows: list[Any]) -> None:
        """All of them at once."""
        for row in rows:
            self._rows.setdefault(type(row), {})[name_of(row)] = row
        self.written(rows)

    def get(self, of: type[R], name: Any) -> R | None:
        """As ``TillStore.get``."""
        return self._rows.get(of, {}).get(name)

    def all(self, of: type[R]) -> tuple[R, ...]:
        """As ``TillStore.all``."""
        return tuple(self._rows.get(of, {}).values())


class _Changes:
    def __init__(self) -> None:
        self.rows: list[Any] = []

    def put(self, row: Any) -> None:
        self.rows.append(row)


class _Desk:
    """What the card counter wants of a till's table."""

    behind = False
    sale = None

    def __init__(
        self,
        book: Rows,
        now: Callable[[], int],
        commit: Callable[[Callable[[], None]], None],
        owner: "Owner",
    ) -> None:
        self.store = book
        self.now = now
        self._commit = commit
        self.settings = SimpleNamespace(merchant=owner.name, city=CITY, name=owner.name)
        self.business_number = owner.number
        entropy = SeededEntropy(f"till {owner.number}")
        account = SimpleNamespace(bank=owner.bank, owner=owner.name, account=b"account")
        self.device = SimpleNamespace(desk=SimpleNamespace(settings=account, entropy=entropy))

    @contextmanager
    def commit(self) -> Iterator[_Changes]:
        changes = _Changes()
        yield changes
        self._commit(lambda: self.store.write(changes.rows))


class Owner:
    """Whose terminal it is."""

    def __init__(self, name: str, bank: int, number: str) -> None:
        self.name, self.bank, self.number = name, bank, number


class Counter:
    """Every use case of a card terminal, over these rows, until its process ends."""

    def __init__(
        self,
        book: Rows,
        now: Callable[[], int],
        parts: CardParts,
        owner: Owner,
        commit: Callable[[Callable[[], None]], None] = lambda write: write(),
    ) -> None:
        """``now``: seconds; ``commit`` is called with what writes the rows of one."""
        # Of the till's whole table cards use no more than stands above.
        desk = cast(TillDesk, _Desk(book, now, commit, owner))
        self.desk = CardDesk(desk, parts)
        self.cards = Cards(self.desk, cast(Takings, None), cast(Taps, None))
        self.machine = CashMachine(self.cards)
        self.by_number = CardByNumber(self.desk, Shop(owner.name, CITY))
        self.desk.resume()
