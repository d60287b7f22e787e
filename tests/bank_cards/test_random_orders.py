"""Orders, undos, credits, repeats and movements in any order, in groups of any size, beside a tiny model."""

import os
from pathlib import Path
from random import Random

import pytest

from tender.account.card_messages import (
    ACTIVE,
    PURCHASE,
    PURCHASE_IN_DT,
    REFUND,
    RETURN,
    VIRTUAL,
    Authorise,
    Authorised,
    BankReply,
    CardIssued,
    Credit,
    Credited,
    Undo,
    Undone,
)
from tender.account.client_messages import FROM_DT, TO_DT, Balances, Convert
from tender.account.participants import ALTYN, KAZPOST
from tender.card.in_dt import DtOffer
from tender.errors import Code
from tests.bank_cards.books import check_sheet, check_store
from tests.bank_cards.host import KIOSK, card_of
from tests.bank_cards.model import Model
from tests.platform_stub.people import AIGUL, NOW, TENGE, Person, Phone, Town, open_town

Asked = Authorise | Undo | Credit
NAMES = 14
KIOSKS = ((ALTYN, "120440001244"), (KAZPOST, "120440001234"))
WORLDS = int(os.environ.get("CARD_WORLDS", "6"))
"""More of them with CARD_WORLDS=500: each is a few dozen groups."""


class World:
    """One client with a card, the bank, and the model."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.town: Town = open_town(folder)
        self.town.stock(ALTYN, 20_000)
        self.aigul: Phone = self.town.rich_phone(AIGUL, 1_000)
        self.bank = self.town.platform.banks[ALTYN]
        shops = [Person(f"Kiosk {bank}", bank, number, f"+7702{bank:07}", 5814) for bank, number in KIOSKS]
        self.takers = [self.town.phone(shop) for shop in shops]
        self.shops = [DtOffer(shop.bank, shop.identifier, "R-1") for shop in shops]
        """One at the same bank, one at another."""
        self.card = card_of(AIGUL)
        issued = CardIssued("i", self.card, AIGUL.identifier, "411111******1111", VIRTUAL, ACTIVE, "3012")
        assert not self.bank.cards.card(issued).code
        self.model = Model(1_000 * TENGE)
        self.random = Random(seed)
        self.said: list[Asked] = []
        self.count = 0

    def fresh(self) -> Asked:
        """An order nobody has seen, about one of a few operations."""
        self.count += 1
        name, amount = f"op-{self.random.randrange(NAMES)}", self.random.randrange(1, 400) * TENGE
        choice = self.random.randrange(10)
        if choice < 5:
            payee = self.random.choice([None, None, *self.shops])
            kind = PURCHASE if payee is None else PURCHASE_IN_DT
            return Authorise(name, self.card, amount, kind, KIOSK, 0, NOW, payee)
        if choice < 8:
            total = self.random.choice([0, 0, amount])
            return Undo(f"undo-{self.count}", self.random.choice([name, f"credit-{name}"]), total)
        kind = self.random.choice([REFUND, RETURN])
        return Credit(f"credit-{name}", name, self.card, amount // 2, kind, KIOSK, NOW)

    def order(self) -> Asked:
        """Something new, or something that was said before."""
        if self.said and self.random.random() < 0.3:
            return self.random.choice(self.said)
        made = self.fresh()
        known = [one for one in self.said if one.operation == made.operation]
        if known:
            return known[0]
        self.said.append(made)
        return made

    def play(self) -> None:
        """One group, then perhaps the money moves, or the wallet does something of its own."""
        group = [self.order() for _ in range(self.random.randrange(1, 9))]
        free = self.free() if len(group) == 1 else None
        self.look_what_is_owed()
        for order, reply in zip(group, self.bank.cards.work(group), strict=True):
            self.compare(order, reply, free)
        happens = self.random.randrange(8)
        if happens == 0:
            self.town.platform.gateway.block(ALTYN, blocked=not self.town.platform.gateway.blocked(ALTYN))
            self.bank.cards.blocked = lambda: False  # only the movements stand still
        elif happens <= 3:
            self.town.clock.advance(self.random.choice([1, 20, 40]))
            self.bank.card_moves.tick()
            self.bank.card_payments.tick()
        elif happens == 4:
            self.convert(self.random.choice([TO_DT, FROM_DT]), self.random.randrange(1, 200) * TENGE)

    def convert(self, direction: str, amount: int) -> None:
        """The wallet's own way to the money: what a card has spent it cannot touch."""
        if self.town.platform.gateway.blocked(ALTYN):
            return
        if direction == TO_DT:
            self.town.pay_in(AIGUL, amount // TENGE)
        done = self.aigul.ask("convert", Convert(direction, amount))
        if isinstance(done, Balances):
            self.model.own += amount if direction == TO_DT else -amount

    def compare(self, order: Asked, reply: BankReply | None, free: int | None) -> None:
        """The bank's word beside the model's; ``free`` where it is known what was free just before."""
        if isinstance(order, Undo):
            assert isinstance(reply, Undone)
            if reply.code:
                line = self.model.lines[order.original]
                assert line is not None
                if line.in_dt:
                    assert reply.code == "paid-in-dt" and reply.amount_tiyn == line.undone
                    assert self.state(order.original) in ("moving", "moved")
                    return
                line.wanted = order.amount_tiyn or line.amount
                if line.credit:
                    self.model.credit_undone(line, reply.amount_tiyn)
                    line.wanted = 0 if reply.code == Code.STORE_BUSY else line.wanted
                    return
                assert reply.code == Code.REFUND_TOO_MUCH
                assert reply.amount_tiyn < min(line.wanted, line.amount)
            line = self.model.lines.get(order.original)
            if line is not None and not line.credit:
                self.model.stays_given(line, reply.amount_tiyn)
            assert reply.amount_tiyn == self.model.undo(order.original, order.amount_tiyn)
            if line is not None and not reply.code:
                assert line.undone >= min(order.amount_tiyn or line.amount, line.amount), "done is all of it"
        elif isinstance(order, Credit):
            assert isinstance(reply, Credited)
            assert (reply.code == "") == self.model.credit(order.operation, order.original, order.amount_tiyn)
        else:
            assert isinstance(reply, Authorised)
            said = self.model.known(order.operation)
            if said is not None:
                assert (reply.code == "") == said
                return
            approved = reply.code == ""
            assert order.amount_tiyn <= self.model.worth or not approved
            if free is not None:
                assert approved == (order.amount_tiyn <= free)
            self.model.authorised(order.operation, order.amount_tiyn, approved, order.payee is not None)

    def free(self) -> int:
        """What the client may spend: all it has, less what the bank still owes it."""
        with self.bank.desk.store.reading() as rows:
            owed = rows.account("card-owed")
        return self.model.worth - owed

    def look_what_is_owed(self) -> None:
        """What the bank has not begun to give of each credit."""
        with self.bank.desk.store.reading() as rows:
            for name, row in rows.operations_named(self.model.lines).items():
                if (line := self.model.lines[name]) is not None:
                    line.owed = row.owed_tiyn

    def state(self, operation: str) -> str:
        """Where the bank has it."""
        with self.bank.desk.store.reading() as rows:
            return rows.operations_named([operation])[operation].state

    def settle(self) -> None:
        """All movements to their ends; then the account is what the model says, to the tiyn."""
        self.town.platform.gateway.block(ALTYN, blocked=False)
        for _ in range(4):
            self.town.clock.advance(60)
            self.town.platform.tick()


@pytest.mark.parametrize("seed", range(WORLDS))
def test_whatever_the_order_everything_is_exact(seed: int, tmp_path: Path) -> None:
    world = World(tmp_path, seed)
    store = tmp_path / f"bank-{ALTYN}.db"
    try:
        for _ in range(30):
            world.play()
            check_store(store)
            assert world.town.equation()[0] == world.town.equation()[1]
        check_sheet(tmp_path)
        world.settle()
        check_sheet(tmp_path)
        check_store(store)
        assert world.aigul.balances().dt_tiyn == world.model.worth
        assert sum(taker.balances().dt_tiyn for taker in world.takers) == world.model.paid
        with world.bank.desk.store.reading() as rows:
            assert rows.account("converting") == rows.account("card-owed") == 0
            assert rows.account("card-payable") == world.model.cost
            assert rows.account("inventory") == rows.balance(world.bank.office.inventory.address)
    finally:
        world.town.platform.close()
