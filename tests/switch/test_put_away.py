"""What lies in the archive: operations that are called alike lie apart, one that is put away this very moment
is found, and what cannot be read stops no turn."""

from dataclasses import replace

import pytest

from card_switch.compose import build_hosts
from card_switch.config import LISTEN, Outside, SwitchConfig
from card_switch.core import archiving
from card_switch.core.archiving import ARCHIVED, DAY_MS, OPERATIONS, bundle_bytes, bundle_of
from card_switch.core.node import AskBank
from card_switch.core.relay import Relay
from card_switch.events import Decided, Event
from card_switch.service.wiring import acquirer_name, joints, link_of, outside_port
from tender.account.card_messages import MerchantCredit
from tender.account.participants import CENTERCREDIT, HALYK
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.link import LinkTimers
from tender.card.iso8583.link_events import Heard
from tender.card.iso8583.message import Message
from tests.issuer.world import hsm
from tests.switch.stand_ins import World, card, purchase, reversal
from tests.switch.test_archive import OFF_US, Months
from tests.switch.test_end_of_day import MERCHANT, closed
from tests.switch.test_outside import PLACES, Foreign, with_outside
from tests.switch.test_outside_days import named

NETWORK = PLACES[1]
ONE_NAME = "326325000000001"


def put_away() -> tuple[Months, Message, tuple[str, str, str]]:
    """A purchase that lies in the archive, and where."""
    months = Months()
    asked = months.chip(months.cards[OFF_US])
    assert months.code(asked) == "00"
    months.close_day()
    months.days_later(5)
    months.close_day()
    assert not months.remembered()
    [place] = (one for one in months.rows.rows if one[:2] == (ARCHIVED, OPERATIONS))
    return months, asked, place


def test_a_void_in_the_turn_in_which_its_purchase_is_put_away_finds_it() -> None:
    months = Months()
    asked = months.chip(months.cards[OFF_US])
    assert months.code(asked) == "00"
    months.close_day()
    months.days_later(5)
    # From the rows, and no turn yet: the first one puts away, and hears the terminal after that.
    months.hosts = build_hosts(SwitchConfig(signs_on=False), hsm(), months.rows, months.now_ms)
    months.days_later(0)
    assert months.code(reversal(asked.without(126))) == "00"
    assert months.close_day()["agrees"] is True


def test_what_cannot_be_read_is_told_and_stops_no_turn() -> None:
    months, asked, place = put_away()
    told: list[Event] = []
    months.hosts.board.watch(told.append)
    for octets in (b"", bundle_bytes(replace(bundle_of(months.rows.rows[place]), time_ms=-1))):
        months.rows.rows[place] = octets
        assert months.code(reversal(asked.without(126), stan=900_001 + len(octets))) == "25"
    unread = [one for one in told if isinstance(one, Decided) and one.host == "archive"]
    assert {one.what for one in unread} == {"unreadable"}
    assert months.code(months.chip(months.cards[OFF_US])) == "00", "and it goes on"


def test_many_rows_that_an_earlier_version_put_away_as_one_come_back() -> None:
    months, asked, place = put_away()
    bundle = bundle_of(months.rows.rows[place])
    months.rows.rows[place] = bundle_bytes(replace(bundle, rows=bundle.rows * 9))
    assert len(bundle.rows * 9) > 16
    assert months.code(reversal(asked.without(126))) == "00"
    assert months.close_day()["agrees"] is True


def test_what_one_row_cannot_hold_stays_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    months = Months()
    asked = months.chip(months.cards[OFF_US])
    assert months.code(asked) == "00"
    months.close_day()
    for limit, value in (("ROWS_MOST", 3), ("DATA_MOST", 50)):
        with monkeypatch.context() as patched:
            patched.setattr(archiving, limit, value)
            months.days_later(5)
            months.close_day()
            assert months.remembered() == 3
    assert months.code(reversal(asked.without(126))) == "00"


def test_an_issuer_asks_its_bank_nothing_under_the_name_of_what_was_put_away() -> None:
    """A network of somebody else's gives this year's purchase the name of another one. The bank would refuse
    it; but what it does not answer in time is undone, and under that name it knows the first."""
    months, _, place = put_away()
    name = place[2].split("/")[1]
    network = ("issuer-949", "visa")
    config = SwitchConfig(signs_on=False, outside={network: Outside(LISTEN, 0)})
    months.hosts = build_hosts(config, hsm(), months.rows, months.now_ms)
    board = months.hosts.board
    board.turn(months.now_ms)
    joint = next(one for one in joints(config) if one.asking == network)
    link = link_of(joint, False, LinkTimers())
    channel = board.opened(*outside_port(config, network).opened(), months.now_ms)
    link.opened(months.now_ms)

    def said(message: Message | None = None) -> tuple[list[str], list[AskBank]]:
        """What the issuer answers, and what its bank is asked."""
        if message is not None:
            assert link.send(message)
        board.arrived(channel, link.data_to_send(), months.now_ms)
        leaving = board.turn(months.now_ms)
        link.receive_data(leaving.data.get(channel, b""), months.now_ms)
        heard = [one.message.code for one in link.events() if isinstance(one, Heard)]
        return heard, leaving.orders

    said()
    new = months.chip(months.cards[OFF_US], 900).having({32: "601", 37: "000000000077"})
    assert said(VISA_STYLE.with_life_cycle_id(new, name)) == (["94"], [])
    late = new.having({11: "000999"})
    codes, orders = said(VISA_STYLE.with_life_cycle_id(late, "3" + name[1:5] + "0000000001"))
    assert not codes and [one.operation for one in orders] == ["3" + name[1:5] + "0000000001"]


class SameName:
    """An acquirer of ours at a foreign network that calls everything alike."""

    def __init__(self) -> None:
        self.world: World = with_outside(NETWORK)
        self.restart()

    def restart(self) -> None:
        """The hosts as they are wired, from their rows."""
        world = self.world
        hosts = build_hosts(world.config, hsm(), world.rows, world.now_ms)
        world.board, world.end, world.batches = hosts.board, hosts.end_of_day, dict(hosts.batches)
        Foreign(world, NETWORK, named(ONE_NAME))

    def code(self, message: Message) -> str:
        """The answer to a terminal that has just connected."""
        terminal = self.world.terminal(CENTERCREDIT)
        terminal.say(message)
        self.world.turn()
        [answer] = terminal.heard
        return answer.code

    def bought(self, stan: int) -> Message:
        """A purchase of so many thousand, as the terminal said it."""
        asked = purchase(self.world, card(HALYK, stan), stan * 1_000_00, stan=stan)
        assert self.code(asked) == "00"
        return asked

    def days_later(self) -> None:
        """What was there is put away."""
        self.world.now_ms += 5 * DAY_MS
        closed(self.world)
        for _ in range(5):
            self.world.turn(later_s=1)
        acquirer = self.world.board.nodes[acquirer_name(CENTERCREDIT)]
        assert isinstance(acquirer, Relay) and not acquirer.conversations
        self.restart()

    def merchant(self) -> tuple[int, int]:
        """What the day brings the merchant, and what of it goes back (tenge)."""
        orders, told = closed(self.world)
        assert told["agrees"], told
        [one] = orders[CENTERCREDIT].merchants or (MerchantCredit(MERCHANT, 0, 0),)
        return one.change_tiyn // 100, one.back_tiyn // 100


def test_what_a_network_calls_alike_at_different_times_lies_apart() -> None:
    rails = SameName()
    asked = []
    for stan in (1, 2):
        asked.append(rails.bought(stan))
        assert rails.merchant() == (stan * 1_000, 0)
        rails.days_later()
    for message, tenge in zip(asked, (1_000, 2_000), strict=True):
        assert rails.code(reversal(message)) == "00"
        assert rails.merchant() == (-tenge, tenge)
        rails.days_later()


def test_what_was_put_away_does_not_come_back_as_what_is_called_so_now() -> None:
    rails = SameName()
    first = rails.bought(1)
    assert rails.merchant() == (1_000, 0)
    rails.days_later()
    second = rails.bought(2)
    assert rails.code(reversal(first)) == "25", "nobody here knows which of them a network would take back"
    assert rails.merchant() == (2_000, 0)
    assert rails.code(reversal(second, stan=900_002)) == "00"
    assert rails.merchant() == (-2_000, 2_000)
