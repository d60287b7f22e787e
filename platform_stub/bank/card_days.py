"""The end of a day of cards: what the bank's own cards spent is compared line by line, its merchants are
credited, and what remains between banks goes over their correspondent accounts (ADR 0023)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain
from typing import Final

from platform_stub.bank.cards import BIN_DIGITS, Cards, digest_of
from platform_stub.bank.money import CORRESPONDENT
from platform_stub.bank.office import Office, current
from platform_stub.bank.store import BankRows
from platform_stub.desk import Asked, derive
from platform_stub.ledger.books import entry
from platform_stub.ledger.card_operations import CARD_PAYABLE, reference_of
from platform_stub.store.card_book_rows import DayTakings
from platform_stub.store.desk_rows import Outgoing
from tender.account.card_messages import (
    DAY_LINES_MOST,
    BankReply,
    CloseDay,
    DayClosed,
    DayLine,
    Decided,
    Difference,
    MerchantCredit,
    Position,
    decode_order,
    decode_reply,
    encode_order,
    encode_reply,
)
from tender.account.card_settlement_messages import CARD_SETTLEMENT, CardSettled, CardSettlement
from tender.account.client_messages import Empty
from tender.account.eds import open_order
from tender.account.participants import NBK
from tender.errors import Code, Refusal

CARD_SETTLEMENT_ACCOUNT = "card-settlement"
"""Between this bank and the others for days that are closed; nothing once everybody has paid."""
DISPUTED = "receivable:cards"
"""What the switch says a card has spent and the bank knows nothing of."""
UNPAID = "card-unpaid."
"""A payment to another bank that the National Bank would not make yet."""
AGAIN_FIRST_S: Final = 5
AGAIN_MOST_S: Final = 3_600
"""How long such a payment waits at least, and at most, before it is tried again; no longer than until the
bank has more than it had."""
WAITING = "card-takings."
"""Takings (tiyn, in digits) of a merchant that is nobody's client here yet."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A payment that was refused: for how long it waits this time, until when, and what the bank had then."""

    wait_s: int
    due: int
    had_tiyn: int


class CardDays:
    """Closes days; pays and is paid."""

    def __init__(self, office: Office, cards: Cards) -> None:
        self._office = office
        self._cards = cards
        self._desk = office.desk
        self._desk.handlers["card-settled"] = self._settled
        self._desk.on_refused["card-settlement"] = self._refused
        self._turns: dict[tuple[int, int], Turn] = {}
        """By bank and day; after a restart each is tried at once."""

    def close(self, order: CloseDay) -> DayClosed:
        """A day, or a part of one; the same order has the same answer."""
        raw = encode_order(order)
        with self._desk.store.writing() as rows:
            known = rows.day_part(order.operation)
            if known is not None:
                return self._again(order, known, digest_of(raw))
            parts = [one for one in map(decode_order, rows.day_parts(order.day)) if isinstance(one, CloseDay)]
            whole = {one.part: one for one in parts if one.parts == order.parts}
            whole[order.part] = order
            if len(whole) < order.parts:
                reply = DayClosed(order.operation, "", 0, ())
            else:
                in_turn = [whole[part] for part in sorted(whole)]
                lines = tuple(chain.from_iterable(part.lines for part in in_turn))
                merchants = tuple(chain.from_iterable(part.merchants for part in in_turn))
                told = replace(whole[order.parts], lines=lines, merchants=merchants)
                owed = sum(one.change_tiyn for one in lines) - sum(one.change_tiyn for one in merchants)
                if owed != sum(one.change_tiyn for one in told.positions):
                    return DayClosed(order.operation, Code.SUMS_DIFFER.value, 0, ())
                reply = self._settle(rows, order, told)
            rows.keep_day_part(order.operation, digest_of(raw), order.day, order.part, raw)
            rows.answer_day_part(order.operation, encode_reply(reply))
        self._desk.deliver()
        return reply

    def _again(self, order: CloseDay, known: tuple[bytes, bytes], digest: bytes) -> DayClosed:
        told: BankReply = decode_reply(known[1])
        assert isinstance(told, DayClosed)
        replayed = known[0] != digest
        return DayClosed(order.operation, Code.REQUEST_REPLAYED.value, 0, ()) if replayed else told

    # --- the books of one day

    def _settle(self, rows: BankRows, order: CloseDay, told: CloseDay) -> DayClosed:
        """``told``: all its parts as one; ``order``: the one that came last."""
        books: Counter[str] = Counter()
        issued, differences = self._issued(rows, told.lines, told.until, books)
        now = self._desk.clock.now()
        for credit in told.merchants:
            paid_out = self._credited(rows, order, credit, books)
            if credit.merchant:
                sums = (credit.change_tiyn, credit.back_tiyn)
                rows.add_takings(DayTakings(credit.merchant, order.day, *sums, now, now if paid_out else 0))
        differences += self._waiting(rows, order, books)
        reference = _day_reference(self._office.number, order)
        booked = [(account, change) for account, change in books.items() if change]
        if booked:
            rows.book(entry(reference, "card day", *booked), now)
        for position in told.positions:
            if position.change_tiyn > 0:
                self._pay(rows, order.day, position, sha256(reference + position.bank.to_bytes(2)).digest())
        return DayClosed(
            order.operation, "", issued, tuple(differences[:DAY_LINES_MOST]), self._decided(rows, order.day)
        )

    def _decided(self, rows: BankRows, day: int) -> tuple[Decided, ...]:
        """What people of the bank have decided since the day before: told once."""
        fresh = [one for one in rows.refused_undos() if one.decided and not one.day]
        for one in fresh:
            rows.undo_told(one, day)
        return tuple(
            Decided(one.operation, one.borne_tiyn, one.account, one.reason, one.officer) for one in fresh
        )

    def _issued(
        self, rows: BankRows, lines: Sequence[DayLine], until: int, books: Counter[str]
    ) -> tuple[int, list[Difference]]:
        """What the bank's own cards cost their clients, by its own books, and the lines that differ."""
        told: Counter[str] = Counter()
        for line in lines:
            told[line.original] += line.change_tiyn
        known = rows.operations_named(told)
        differences: list[Difference] = []
        issued = 0
        for original, change in told.items():
            row = known.get(original)
            ours = 0 if row is None else row.net_tiyn - row.cleared_tiyn
            issued += ours
            if ours != change:
                differences.append(Difference(original, ours, change))
            books[CARD_PAYABLE if row is not None else DISPUTED] += change
            books[CARD_SETTLEMENT_ACCOUNT] -= change
            if row is not None:
                row.cleared_tiyn += change
        rows.keep_operations(known.values(), known)
        # Whose undo was refused here is named by the switch, which asked for it: it has not forgotten that.
        named = {
            one.operation: one.amount_tiyn
            for one in rows.refused_undos()
            if not one.decided and one.code != Code.REFUND_TOO_MUCH.value
        }
        for row in rows.uncleared(until):
            if row.operation not in told and row.undone_tiyn >= named.get(row.operation, 0):
                issued += row.net_tiyn - row.cleared_tiyn
                differences.append(Difference(row.operation, row.net_tiyn - row.cleared_tiyn, 0))
        return issued, differences

    def _credited(self, rows: BankRows, order: CloseDay, credit: MerchantCredit, books: Counter[str]) -> bool:
        """A merchant's day onto its current account; the bank's own ATMs' into its cash. False: it waits."""
        books[CARD_SETTLEMENT_ACCOUNT] += credit.change_tiyn
        if not credit.merchant:
            books["cash"] -= credit.change_tiyn
        elif not credit.change_tiyn:
            return True
        elif not self._paid_out(rows, order, credit, books):
            # Nobody's here: it waits under the merchant's own name until somebody finds out whose it is.
            books[f"{CARD_SETTLEMENT_ACCOUNT}:{credit.merchant}"] -= credit.change_tiyn
            name = WAITING + credit.merchant
            before = int(rows.settings(name).get(name, b"0"))
            rows.keep_setting(name, str(before + credit.change_tiyn).encode())
            return False
        return True

    def _paid_out(
        self, rows: BankRows, order: CloseDay, credit: MerchantCredit, books: Counter[str], kind: str = "day"
    ) -> bool:
        """Onto the current account of whoever has this merchant's BIN; False while nobody has, and where more
        was given back to cards than there is: an account never goes below nothing, the merchant owes it."""
        merchant = rows.client_by("identifier", credit.merchant[:BIN_DIGITS])
        if merchant is None:
            return False
        has_tiyn = rows.account(current(merchant.number)) - books[current(merchant.number)]
        if has_tiyn + min(0, credit.change_tiyn) < 0:
            return False
        books[current(merchant.number)] -= credit.change_tiyn
        reference = reference_of(f"{kind} {order.day} {order.operation} {credit.merchant}")
        self._office.enter(rows, merchant.number, "card takings", "noncash", credit.change_tiyn, reference)
        return True

    def _waiting(self, rows: BankRows, order: CloseDay, books: Counter[str]) -> list[Difference]:
        """Pay what waited for a merchant that is a client by now; the rest differs every day until then."""
        unpaid: list[Difference] = []
        for name, raw in rows.settings(WAITING).items():
            credit = MerchantCredit(name.removeprefix(WAITING), int(raw))
            if self._paid_out(rows, order, credit, books, "late"):
                books[f"{CARD_SETTLEMENT_ACCOUNT}:{credit.merchant}"] += credit.change_tiyn
                rows.forget_setting(name)
                rows.takings_credited(credit.merchant, self._desk.clock.now())
            elif credit.change_tiyn:
                unpaid.append(Difference(credit.merchant, 0, credit.change_tiyn))
        return unpaid

    # --- between banks

    def _pay(self, rows: BankRows, day: int, position: Position, reference: bytes) -> None:
        amount_tiyn = position.change_tiyn
        lines = ((CARD_SETTLEMENT_ACCOUNT, amount_tiyn), (CORRESPONDENT, -amount_tiyn))
        rows.book(entry(reference, "card settlement", *lines), self._desk.clock.now())
        body = CardSettlement(position.bank, day, amount_tiyn, reference)
        self._desk.post(rows, NBK, "card-settlement", body, derive(reference, "card-settlement"))

    def _refused(self, rows: BankRows, outgoing: Outgoing, _refusal: Refusal) -> None:
        """The correspondent account holds too little: the debt stays, and is paid as soon as it can be."""
        body: CardSettlement = CARD_SETTLEMENT.decode(open_order(outgoing.order_raw).order.body, "body")
        lines = ((CORRESPONDENT, body.amount_tiyn), (CARD_SETTLEMENT_ACCOUNT, -body.amount_tiyn))
        again = sha256(body.reference + b"again").digest()
        if rows.book(
            entry(sha256(again).digest(), "card settlement refused", *lines), self._desk.clock.now()
        ):
            left = CardSettlement(body.to_bank, body.day, body.amount_tiyn, again)
            rows.keep_setting(UNPAID + again.hex(), CARD_SETTLEMENT.encode(left))
            name, now = (body.to_bank, body.day), self._desk.clock.now()
            before = self._turns.get(name)
            wait_s = AGAIN_FIRST_S if before is None else min(AGAIN_MOST_S, 2 * before.wait_s)
            self._turns[name] = Turn(wait_s, now + wait_s, rows.account(CORRESPONDENT))

    def _settled(self, asked: Asked, told: CardSettled) -> Empty:
        lines = ((CORRESPONDENT, told.amount_tiyn), (CARD_SETTLEMENT_ACCOUNT, -told.amount_tiyn))
        name = sha256(told.reference + told.from_bank.to_bytes(2) + b"settled").digest()
        with self._desk.store.writing() as rows:
            rows.book(entry(name, "card settlement received", *lines), asked.now)
        return Empty()

    def tick(self) -> None:
        """Try again to pay what could not be paid, ever more seldom: each try is an order and two entries."""
        now = self._desk.clock.now()
        with self._desk.store.reading() as rows:
            unpaid = rows.settings(UNPAID)
            had_tiyn = have = rows.account(CORRESPONDENT)
        for name, raw in unpaid.items():
            left: CardSettlement = CARD_SETTLEMENT.decode(raw, "card-settlement")
            turn = self._turns.get((left.to_bank, left.day))
            waits = turn is not None and now < turn.due and had_tiyn <= turn.had_tiyn
            if left.amount_tiyn <= have and not waits:
                have -= left.amount_tiyn
                with self._desk.store.writing() as rows:
                    rows.forget_setting(name)
                    self._pay(rows, left.day, Position(left.to_bank, left.amount_tiyn), left.reference)
                self._desk.deliver(derive(left.reference, "card-settlement"))


def _day_reference(bank: int, order: CloseDay) -> bytes:
    return reference_of(f"day {order.day} of {bank} {order.operation}")
