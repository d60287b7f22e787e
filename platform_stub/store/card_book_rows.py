"""Two books of a bank beside its cards: undos that it refused with what its people decided about them, and
what each day of cards brought its merchants."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table

from platform_stub.store.base import Rows


@dataclass(frozen=True, slots=True)
class RefusedUndo:
    """Of ``operation`` so much should be undone in total, and is not (``code`` says why). ``account``: of the
    bank's books, which bears ``borne_tiyn`` of it since ``officer`` decided so at ``decided`` (0: nobody
    has); ``day``: whose report told it (0: none yet)."""

    operation: str
    amount_tiyn: int
    code: str
    since: int
    account: str = ""
    borne_tiyn: int = 0
    reason: str = ""
    officer: str = ""
    decided: int = 0
    day: int = 0


@dataclass(frozen=True, slots=True)
class DayTakings:
    """What a merchant's terminals took on a day that was closed: ``change_tiyn`` is credited, after
    ``back_tiyn`` were given back. ``credited``: when; 0 while nobody is the bank's client of this number."""

    merchant: str
    day: int
    change_tiyn: int
    back_tiyn: int
    closed: int
    credited: int


_UNDO: Final = tuple(RefusedUndo.__slots__)
_TAKINGS: Final = tuple(DayTakings.__slots__)


def card_book_tables(tables: MetaData) -> None:
    """The tables of both."""
    Table(
        "card_refused_undos",
        tables,
        Column("operation", String(40), primary_key=True),
        Column("amount_tiyn", BigInteger, primary_key=True),
        Column("code", String(40), nullable=False),
        Column("since", Integer, nullable=False),
        Column("account", String(40), nullable=False),
        Column("borne_tiyn", BigInteger, nullable=False),
        Column("reason", String(200), nullable=False),
        Column("officer", String(60), nullable=False),
        # One operation may be decided about more than once: when more of it is to be undone later.
        Column("decided", Integer, primary_key=True),
        Column("day", Integer, nullable=False),
    )
    Table(
        "card_takings",
        tables,
        Column("merchant", String(15), primary_key=True),
        Column("day", Integer, primary_key=True),
        Column("change_tiyn", BigInteger, nullable=False),
        Column("back_tiyn", BigInteger, nullable=False),
        Column("closed", Integer, nullable=False),
        Column("credited", Integer, nullable=False),
    )


class CardBookRows(Rows):
    """Queries of both."""

    tables: MetaData

    def keep_refused_undo(self, undo: RefusedUndo) -> None:
        """Keep it; it takes the place of what was not decided yet. What was decided stays as it is: if more
        is to be undone now, that is to be decided anew."""
        values = {"amount_tiyn": undo.amount_tiyn, "code": undo.code}
        if not self.change_row("card_refused_undos", values, operation=undo.operation, decided=0):
            self.add(self.tables.tables["card_refused_undos"], _values(undo, _UNDO))

    def refused_undos(self) -> list[RefusedUndo]:
        """All of them, oldest first, also those that were done after all."""
        found = self._said(f"SELECT {', '.join(_UNDO)} FROM card_refused_undos ORDER BY since", ())  # noqa: S608
        return [RefusedUndo(*row) for row in found.fetchall()]

    def decide_undo(self, undo: RefusedUndo) -> None:
        """Write what was decided of the one that waited."""
        self.change_row("card_refused_undos", _values(undo, _UNDO[1:]), operation=undo.operation, decided=0)

    def undo_told(self, undo: RefusedUndo, day: int) -> None:
        """A day's report told what was decided."""
        where = {"operation": undo.operation, "amount_tiyn": undo.amount_tiyn, "decided": undo.decided}
        self.change_row("card_refused_undos", {"day": day}, **where)

    def add_takings(self, takings: DayTakings) -> None:
        """A merchant's day."""
        self.add_once(self.tables.tables["card_takings"], _values(takings, _TAKINGS))

    def takings_credited(self, merchant: str, now: int) -> None:
        """What had waited for this merchant is credited now."""
        self.change_row("card_takings", {"credited": now}, merchant=merchant, credited=0)

    def takings_of(self, business_number: str, most: int) -> list[DayTakings]:
        """The days of a merchant's terminals, newest first."""
        query = (
            f"SELECT {', '.join(_TAKINGS)} FROM card_takings "  # noqa: S608
            f"WHERE merchant >= {self._place} AND merchant < {self._place} "
            f"ORDER BY day DESC, merchant LIMIT {int(most)}"
        )
        found = self._said(query, (business_number, business_number + "\x7f"))
        return [DayTakings(*row) for row in found.fetchall()]


def _values(row: object, names: Iterable[str]) -> dict[str, object]:
    return {name: getattr(row, name) for name in names}
