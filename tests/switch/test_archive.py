"""Months of days: what is over is put away and costs no memory, and whoever speaks of it again finds it."""

from typing import Any

from card_switch.compose import build_hosts
from card_switch.config import SwitchConfig
from card_switch.core.archiving import ARCHIVED, DAY_MS
from card_switch.core.relay import Relay
from card_switch.core.rows import State
from card_switch.service.closing import closing_questions
from card_switch.service.returning import ReturnDesk
from card_switch.service.wiring import TerminalPort
from tender.account.card_messages import CloseDay, DayClosed, decode_order, encode_reply
from tender.account.participants import ALTYN, HALYK
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.framing import TPDU_2
from tender.card.iso8583.link import Link
from tender.card.iso8583.message import Message
from tender.card.iso8583.moments import transmitted_at
from tender.card.response_codes import CUSTOMER_CANCELLED
from tests.issuer.world import HeldCard, hsm
from tests.switch.stand_ins import reversal
from tests.switch.test_any_message import Rails

OFF_US, ON_US = 1, 0
"""Cards of :class:`Rails`: of Altyn, and of Halyk, whose terminal it is."""


class Months(Rails):
    """Rails with days that are closed."""

    def __init__(self, rows: Any = None) -> None:
        super().__init__(rows)
        self.count = 0
        self.hosts.board.turn(self.now_ms)

    def chip(self, held: HeldCard, tenge: int = 100) -> Message:
        """A purchase as the terminal says it now."""
        self.count += 1
        said = held.chip(tenge * 100).without(62, 32, 37)
        return said.having({7: transmitted_at(self.now_ms), 11: f"{self.count:06}"})

    def code(self, message: Message) -> str:
        [answer] = self.ask(message)
        return answer.code

    def close_day(self) -> dict[str, Any]:
        """Every bank books what it is told; the report."""
        hosts = self.hosts
        question = closing_questions(hosts.board, hosts.end_of_day, hosts.batches)["close-day"]
        later = question({}, self.now_ms)
        assert callable(later)
        for order in hosts.board.turn(self.now_ms).orders:
            told = decode_order(order.order)
            assert isinstance(told, CloseDay)
            spent_tiyn = sum(line.change_tiyn for line in told.lines)
            reply = encode_reply(DayClosed(order.operation, "", spent_tiyn, ()))
            hosts.board.bank_said(order.bank, order.operation, reply, self.now_ms)
        for _ in range(50):
            self.now_ms += 20
            hosts.board.turn(self.now_ms)
        told_day = later()
        assert isinstance(told_day, dict)
        return told_day

    def days_later(self, days: int) -> None:
        """The terminal reconnects after so long."""
        self.now_ms += days * DAY_MS
        self._connect()

    def _connect(self) -> None:
        port = TerminalPort(HALYK, SwitchConfig(signs_on=False), self.now_ms).port
        self.channel = self.hosts.board.opened(*port.opened(), self.now_ms)
        self.link = Link(TPDU_2, VISA_STYLE, False, signs_on=False)
        self.link.opened(self.now_ms)

    def turn(self) -> None:
        """One, with what banks say to it."""
        for order in self.hosts.board.turn(self.now_ms).orders:
            reply = self.banks[order.bank].asked(order.order)
            self.hosts.board.bank_said(order.bank, order.operation, reply, self.now_ms)

    def give_back(self, reference: str, tenge: int) -> None:
        """An operator enters a return."""
        desk = ReturnDesk(self.hosts.board, self.hosts.recalling).questions()["card-return"]
        later = desk({"bank": HALYK, "reference": reference, "amount_tiyn": tenge * 100}, self.now_ms)
        assert callable(later)
        for _ in range(3):
            self.turn()
        told = later()
        assert isinstance(told, dict) and told["amount_tiyn"] == tenge * 100

    def acquirer(self) -> Relay:
        """Of the terminal."""
        found = self.hosts.board.nodes["acquirer-601"]
        assert isinstance(found, Relay)
        return found

    def restart(self) -> None:
        """From the rows."""
        self.hosts = build_hosts(SwitchConfig(signs_on=False), hsm(), self.rows, self.now_ms)
        self.hosts.board.turn(self.now_ms)
        self._connect()

    def remembered(self) -> int:
        """Operations in memory, at all hosts."""
        relays = [one for one in self.hosts.board.nodes.values() if isinstance(one, Relay)]
        asked = sum(len(one.conversations) for one in relays)
        return asked + sum(len(one.operations) for one in self.hosts.issuers.values())

    def live_rows(self) -> int:
        """Without the reports of a month, and the dates of a year."""
        kept = ("days", "day-orders", "dates")
        return sum(host != ARCHIVED and kind not in kept for host, kind, _ in self.rows.rows)


def test_a_switch_that_runs_for_months_remembers_days() -> None:
    months = Months()
    sizes = []
    for _ in range(36):
        for held in (months.cards[ON_US], months.cards[OFF_US]):
            asked = months.chip(held)
            assert months.code(asked) == "00"
        assert months.code(reversal(asked.without(126), stan=800_000 + months.count)) == "00"
        assert months.close_day()["agrees"] is True
        sizes.append((months.remembered(), months.live_rows()))
        months.days_later(1)
    assert sizes[-1] == sizes[6]
    assert sizes[-1][0] < 40
    assert len(months.hosts.end_of_day.days) <= 33
    remembered = months.remembered()
    months.restart()
    assert 0 < months.remembered() <= remembered


def test_a_late_reversal_finds_what_was_put_away_at_every_host() -> None:
    for number in (ON_US, OFF_US):
        months = Months()
        held = months.cards[number]
        asked = months.chip(held, 3_779)
        first = months.ask(asked)
        months.close_day()
        months.days_later(5)
        months.close_day()
        assert months.remembered() == 0
        months.restart()
        assert months.ask(asked) == first, "the same answer, from the archive"
        assert months.code(reversal(asked.without(126))) == "00"
        told = months.close_day()
        assert told["agrees"] is True
        issuer = (HALYK, ALTYN)[number]
        [mine] = [one for one in told["banks"] if one["bank"] == issuer]
        assert mine["issued_tiyn"] == -3_779_00
        again = months.close_day()
        assert all(not one["issued_tiyn"] for one in again["banks"])


def test_a_return_finds_a_purchase_of_last_month() -> None:
    months = Months()
    asked = months.chip(months.cards[OFF_US], 1_000)
    [answer] = months.ask(asked)
    reference = str(answer.fields[37])
    months.close_day()
    months.days_later(31)
    months.close_day()
    assert months.remembered() == 0
    months.give_back(reference, 400)
    report = months.close_day()
    assert report["agrees"] is True
    [mine] = [one for one in report["banks"] if one["bank"] == ALTYN]
    assert mine["issued_tiyn"] == -400_00


def test_a_return_that_was_put_away_alone_bars_the_void_of_its_purchase() -> None:
    months = Months()
    sums = {number: "0" * (10 if number in (74, 76) else 16) for number in (74, 76, 86, 88)}
    asked = months.chip(months.cards[OFF_US], 1_000)
    head = {number: asked.fields[number] for number in (41, 42, 49)}
    batch = {**head, 7: transmitted_at(months.now_ms), 11: "000500", **sums}
    assert months.code(Message("0500", batch)) == "00", "it is a terminal that closes batches"
    months.now_ms += 2_000
    asked = months.chip(months.cards[OFF_US], 1_000)
    [answer] = months.ask(asked)
    months.give_back(str(answer.fields[37]), 1_000)
    for _ in range(5):
        months.close_day()
        months.days_later(1)
    assert [one.kind for one in months.acquirer().conversations.values()] == ["00"], "in its open batch"
    months.restart()
    void = reversal(asked.without(126))
    assert months.code(void.having({39: CUSTOMER_CANCELLED})) == "12"
    # Not known whether it was ever answered: taken, and what was given back stands at every host.
    assert months.code(void.having({11: "900002"})) == "00"
    for _ in range(4):
        months.now_ms += 10_000
        months.turn()
    (known,) = (
        one for one in months.acquirer().conversations.values() if one.life_cycle and one.kind == "00"
    )
    assert (known.state, known.stands_tiyn) == (State.APPROVED, 1_000_00)
    assert months.close_day()["agrees"] is True


def test_what_was_barred_stays_barred() -> None:
    months = Months()
    asked = months.chip(months.cards[OFF_US])
    assert months.code(reversal(asked.without(126))) == "25"
    months.days_later(5)
    months.close_day()
    assert months.remembered() == 0
    months.restart()
    assert months.code(asked) == "12"


def test_what_is_not_counted_or_waits_is_not_put_away() -> None:
    months = Months()
    asked = months.chip(months.cards[OFF_US])
    assert months.code(asked) == "00"
    months.days_later(40)
    before = months.remembered()
    months.hosts.board.turn(months.now_ms)
    assert months.remembered() == before == 3
    # Counted by a day, but its reversal is owed to an issuer that is away.
    relay = months.acquirer()
    relay.link_changed("visa", False, months.now_ms)
    assert months.code(reversal(asked.without(126))) == "00"
    months.close_day()
    [known] = [one for one in relay.conversations.values() if one.state is State.REVERSED]
    assert known.key in {one.of for one in relay.reversals.owed.values()}
