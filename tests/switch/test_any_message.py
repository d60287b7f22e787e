"""Whatever a terminal says in well-formed fields, the switch answers or passes over, and goes on."""

import os
from functools import cache
from random import Random
from typing import Any

from card_switch.compose import Hosts, build_hosts
from card_switch.config import SwitchConfig
from card_switch.service.wiring import TerminalPort
from tender.account.participants import ALTYN, EURASIAN, HALYK
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.framing import TPDU_2
from tender.card.iso8583.link import Link
from tender.card.iso8583.link_events import Heard
from tender.card.iso8583.message import Message
from tender.errors import LocalProtocolError
from tests.issuer.world import HeldCard, StandInBank, World, hsm
from tests.switch.stand_ins import NOON_MS, Rows, reversal

TRIES = int(os.environ.get("TENGE_SWITCH_TRIES", "250"))
MTIS = ("0100", "0200", "0400", "0401", "0420", "0220", "0120", "0500", "0302", "0600", "0110", "0430")
WORDS = ("", " ", "0", "00", "X", "398", "840", "999999999999", "000000000000", "JP", "=", "DT01", "DT01601X")


class Rails:
    """All hosts with real issuers, banks of a few lines, and one terminal at Halyk."""

    def __init__(self, rows: Any = None) -> None:
        """``rows``: where they lie, a dictionary if left out."""
        self.rows = Rows() if rows is None else rows
        self.now_ms = NOON_MS
        config = SwitchConfig(signs_on=False)
        self.hosts: Hosts = build_hosts(config, hsm(), self.rows, self.now_ms)
        self.banks: dict[int, StandInBank] = {}
        self.channel = self.hosts.board.opened(*TerminalPort(HALYK, config, 0).port.opened(), self.now_ms)
        self.link = Link(TPDU_2, VISA_STYLE, False, signs_on=False)
        self.link.opened(self.now_ms)
        self.cards: list[HeldCard] = []
        for bank in (HALYK, ALTYN, EURASIAN):
            world = World(bank)
            self.banks[bank] = world.bank
            held = world.card(bank, free_tiyn=10**12)
            issuer = self.hosts.issuers[bank]
            self.hosts.board.follow(issuer.name, [issuer.holders.put(held.record)], self.now_ms)
            self.cards.append(held)

    def ask(self, message: Message) -> list[Message]:
        """Say it and give back what is answered."""
        assert self.link.send(message)
        self.hosts.board.arrived(self.channel, self.link.data_to_send(), self.now_ms)
        heard: list[Message] = []
        for _ in range(4):
            leaving = self.hosts.board.turn(self.now_ms)
            for order in leaving.orders:
                reply = self.banks.setdefault(order.bank, StandInBank()).asked(order.order)
                self.hosts.board.bank_said(order.bank, order.operation, reply, self.now_ms)
            self.link.receive_data(leaving.data.get(self.channel, b""), self.now_ms)
            heard += [event.message for event in self.link.events() if isinstance(event, Heard)]
        assert not leaving.closing
        return heard


@cache
def chips() -> tuple[Rails, tuple[Message, ...]]:
    rails = Rails()
    return rails, tuple(held.chip(100_00).without(62) for held in rails.cards)


def made_up(number: int, chance: Random) -> str | bytes:
    """Some content that the element can carry, sensible or not."""
    kind, most, varies = VISA_STYLE.formats[number]
    length = chance.randrange(1, min(most, 40) + 1) if varies else most
    if kind == "b":
        return chance.randbytes(length)
    signs = "0123456789" if kind == "n" else "0123456789 AZ=.-"
    return "".join(chance.choice(signs) for _ in range(length))


def spoilt(message: Message, chance: Random) -> Message:
    """The same with a few elements left out, exchanged or made up."""
    fields = dict(message.fields)
    for _ in range(chance.randrange(1, 4)):
        number = chance.choice([*fields, 38, 39, 43, 47, 48, 52, 54, 62, 63, 90, 95, 126])
        match chance.randrange(4):
            case 0:
                fields.pop(number, None)
            case 1:
                fields[number] = chance.choice(WORDS)
            case _:
                fields[number] = made_up(number, chance)
    return Message(chance.choice(MTIS) if chance.random() < 0.4 else message.mti, fields)


def test_any_fields_are_answered_once_or_passed_over() -> None:
    rails, messages = chips()
    said = answered = 0
    for seed in range(TRIES):
        chance = Random(seed)
        base = chance.choice(messages).having({11: f"{seed + 1:06}"})
        if chance.random() < 0.3:
            base = reversal(base.without(126), stan=seed + 1)
        message = spoilt(base, chance)
        try:
            VISA_STYLE.encode(message)
        except LocalProtocolError:
            continue  # no terminal could have said it
        said += 1
        answers = rails.ask(message)
        assert len(answers) <= 1, seed
        assert not message.is_request or len(answers) == 1, (seed, message)
        answered += len(answers)
    assert said > TRIES // 3 and answered > said // 2
    # And it still works.
    fine = rails.cards[1].chip(100_00).without(62, 32)
    assert [one.code for one in rails.ask(fine)] == ["00"]
