"""Random days at the till: after every act what was sold, what the reports say and what is held are equal."""

import random

import pytest

from device.service.wallet import Wallet
from pos.service.till import Till
from pos.service.values import BY_CASH, BY_RETURN, CASH, DT_OFFLINE, DT_ONLINE, SALE
from tender.account.client_messages import TO_DT
from tender.errors import LinkError, Refusal
from tender.qr.payment_code import decode
from tests.pos.market import CASHIER, CODE, Market
from tests.wallet.village import approved, good
from town.cast import AIGUL, BOLAT

ACTS = 14
START_TIYN = 600_000
DRAWER_TIYN = 100_000


class Day:
    """One till, two customers, and what a seed makes of them."""

    def __init__(self, market: Market, seed: int) -> None:
        self.market, self.chance = market, random.Random(seed)
        self.payers = [market.wallet(AIGUL, START_TIYN), market.wallet(BOLAT, START_TIYN)]
        for one in self.payers:
            good(one.bank.convert(TO_DT, START_TIYN))
        self.till = market.till(drawer_tiyn=DRAWER_TIYN)
        self.shifts = 1

    def act(self) -> str:
        """One thing that happens; a refusal is a thing that happens too."""
        acts = (
            self.offline,
            self.offline,
            self.online,
            self.in_parts,
            self.cash,
            self.give_back,
            self.deposit,
            self.restart,
            self.dropped,
            self.new_shift,
        )
        chosen = self.chance.choice(acts)
        chosen()
        return chosen.__name__

    def ring_up(self) -> int:
        for number in range(self.chance.randint(1, 3)):
            good(
                self.till.add_item(
                    f"Thing {number}", self.chance.randint(1, 9_000), self.chance.randint(1, 3)
                )
            )
        found = self.till.sale()
        assert found is not None
        if self.chance.random() < 0.3 and found.gross_tiyn > 1:
            good(self.till.discount(self.chance.randint(1, found.gross_tiyn - 1)))
        found = self.till.sale()
        assert found is not None
        return found.due_tiyn

    def handed(self, payer: Wallet, shown: bytes) -> None:
        payment = approved(payer.money, shown).messages[0]
        if self.chance.random() < 0.3:
            good(self.till.take(payment))
        taken = good(self.till.take(payment))
        good(payer.money.receive(taken.messages[0]))

    def offline(self) -> None:
        self.ring_up()
        asked = good(self.till.begin_payment(DT_OFFLINE))
        self.handed(self.chance.choice(self.payers), asked.shown)
        good(self.till.finish())

    def online(self) -> None:
        self.ring_up()
        code = decode(good(self.till.begin_payment(DT_ONLINE)).shown.decode())
        payer, amount_tiyn = self.chance.choice(self.payers), code.amount_tiyn or 0
        good(payer.merchants.pay(code.merchant, amount_tiyn, code.reference_label, channel="qr"))
        good(self.till.poll_online())
        good(self.till.finish())

    def in_parts(self) -> None:
        due_tiyn = self.ring_up()
        first_tiyn = self.chance.randint(1, due_tiyn)
        good(self.till.cash(first_tiyn + self.chance.randint(0, 5_000), first_tiyn))
        if first_tiyn < due_tiyn:
            asked = good(self.till.begin_payment(DT_OFFLINE))
            self.handed(self.chance.choice(self.payers), asked.shown)
        good(self.till.finish())

    def cash(self) -> None:
        due_tiyn = self.ring_up()
        good(self.till.cash(due_tiyn + self.chance.randint(0, 10_000)))
        good(self.till.finish())

    def give_back(self) -> None:
        sales = [one for one in self.till.receipts() if one.kind == SALE]
        if sales:
            chosen = self.chance.choice(sales)
            if self.chance.random() < 0.5:
                part = self.chance.randint(1, chosen.total_tiyn)
                self.till.refund(chosen.name, BY_CASH, part)
            else:
                self.till.refund(chosen.name, BY_RETURN)

    def deposit(self) -> None:
        self.market.line.away = self.chance.random() < 0.3
        try:
            self.till.deposit()
        except LinkError:
            pass
        finally:
            self.market.line.away = False

    def restart(self) -> None:
        self.till = self.market.restarted(self.till)

    def dropped(self) -> None:
        self.ring_up()
        good(self.till.begin_payment(DT_OFFLINE))
        good(self.till.drop())

    def new_shift(self) -> None:
        drawer_tiyn = good(self.till.z_report()).drawer_tiyn
        self.till.sign_off()
        good(self.till.sign_on(CASHIER, CODE))
        good(self.till.open_shift(max(0, drawer_tiyn)))
        self.shifts += 1


def net_tiyn(till: Till, tender: str) -> int:
    """By the receipts themselves, tender by tender."""
    return sum(
        one.amount_tiyn if receipt.kind == SALE else -one.amount_tiyn
        for receipt in till.receipts(10_000)
        for one in receipt.paid
        if one.tender == tender
    )


@pytest.mark.parametrize("seed", range(4))
def test_receipts_reports_and_money_are_equal_to_the_tiyn(market: Market, seed: int) -> None:
    day = Day(market, seed)
    story = []
    for _ in range(ACTS):
        story.append(day.act())
        till, standing = day.till, day.till.takings_standing()
        reports = [good(till.report_of(number + 1)) for number in range(day.shifts)]
        told = {
            tender: sum(one.net_tiyn for report in reports for one in report.tenders if one.tender == tender)
            for tender in (DT_OFFLINE, DT_ONLINE, CASH)
        }
        assert told == {tender: net_tiyn(till, tender) for tender in told}, story
        offline_tiyn = standing.held_tiyn + standing.claimed_tiyn + standing.settled_tiyn
        assert offline_tiyn == told[DT_OFFLINE], story
        assert standing.unmatched_tiyn == 0, story
        for report in reports:
            numbers = [one.number for one in till.receipts(10_000) if one.shift == report.shift]
            assert numbers == list(range(report.receipts, 0, -1)), story
            assert not isinstance(report, Refusal)
    good(day.till.sync())
    good(day.till.deposit())
    balances = good(day.till.device.bank.statement()).balances
    assert balances.dt_tiyn == net_tiyn(day.till, DT_OFFLINE) + net_tiyn(day.till, DT_ONLINE), story
    assert reports[-1].drawer_tiyn - DRAWER_TIYN == net_tiyn(day.till, CASH), story
