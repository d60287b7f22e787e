"""What stands beside the switch in its tests: an issuer that answers by the amount, a terminal, a store."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from card_switch.config import SwitchConfig
from card_switch.core.acquirer.host import acquirer
from card_switch.core.day_views import Issued
from card_switch.core.end_of_day import EndOfDay
from card_switch.core.network.host import SCHEME_DIALECTS, network
from card_switch.core.node import AskBank, Command, Node, Row, Send
from card_switch.core.outside import Outside
from card_switch.core.quiet import Quiet
from card_switch.core.timing import Timing
from card_switch.service.switchboard import RowName, Switchboard
from card_switch.service.wiring import TerminalPort, issuer_name, join
from tender.account.participants import CENTERCREDIT, HALYK
from tender.card.bins import bin_of
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.framing import TPDU_2
from tender.card.iso8583.link import Link
from tender.card.iso8583.link_events import Heard
from tender.card.iso8583.message import Message, Original, amount_text
from tender.card.iso8583.moments import transmitted_at
from tender.card.pan import Pan, Scheme, luhn_digit
from tender.errors import Code, StoreError

DIALECTS = {"acquirer": VISA_STYLE, **{scheme.value: one for scheme, one in SCHEME_DIALECTS.items()}}
NOON_MS = 1_790_000_000_000
NOT_ENOUGH_TIYN = 9_999_00
"""The stand-in declines this amount with 51 …"""
SILENT_TIYN = 8_888_00
"""… and never answers this one until it is told to."""


class Pins:
    """Keys that change the block so that it shows where it was moved."""

    def translate_pin(self, pin_block: bytes, pan: Pan, from_zone: str, to_zone: str) -> bytes | None:
        if pin_block == bytes(8):
            return None
        return bytes(octet ^ 1 for octet in pin_block)


@dataclass
class StandInIssuer(Quiet):
    """Answers at once; what it approved and what was taken back stands in ``stands_tiyn``."""

    name: str
    stands_tiyn: dict[str, int] = field(default_factory=dict)
    heard_messages: list[tuple[str, Message]] = field(default_factory=list)
    held_back: list[Send] = field(default_factory=list)
    answers_reversals: bool = True
    names: dict[str, str] = field(default_factory=dict)
    gives_back: set[str] = field(default_factory=set)

    def heard(self, link: str, message: Message, now_ms: int) -> Sequence[Command]:
        self.heard_messages.append((link, message))
        key = f"{message.stan}/{message.terminal}"
        if message.mti[1] == "4":
            said = message.original
            self.stands_tiyn[f"{said.stan}/{message.terminal}"] = message.replacement_tiyn or 0
            return [Send(link, message.answer("00"))] if self.answers_reversals else []
        code = "51" if message.amount_tiyn == NOT_ENOUGH_TIYN else "00"
        more: dict[int, str | bytes] = {38: "123456", 55: bytes.fromhex("910A00112233445566773030")}
        answer = Send(link, message.answer(code, more if code == "00" else {}))
        if message.amount_tiyn == SILENT_TIYN:
            self.held_back.append(answer)
            return []
        if code == "00":
            self.stands_tiyn[key] = message.amount_tiyn
            self.names[key] = DIALECTS[link].life_cycle_id(message)
            self.gives_back.update([key] if message.kind == "20" else [])
        return [answer]

    def issued(self) -> Iterator[Issued]:
        for key, name in self.names.items():
            change_tiyn = self.stands_tiyn[key] * (-1 if key in self.gives_back else 1)
            yield Issued(name, change_tiyn, NOON_MS // 1000, False)


class Rows:
    """A store that is a dictionary, and can be told to fail."""

    def __init__(self) -> None:
        self.rows: dict[RowName, bytes] = {}
        self.writes = 0
        self.full = False

    def write(self, changes: Mapping[RowName, bytes | None]) -> None:
        if self.full:
            raise StoreError(Code.STORE_FULL, "switch")
        self.writes += 1
        for name, data in changes.items():
            if data is None:
                self.rows.pop(name, None)
            else:
                self.rows[name] = data

    def rows_of(self, host: str, table: str = "", beginning: str = "") -> list[Row]:
        return [
            Row(kind, key, data)
            for (owner, kind, key), data in sorted(self.rows.items())
            if owner == host and (not table or (kind == table and key.startswith(beginning)))
        ]


class Peer(Protocol):
    """Whoever is at the other end of a channel to the outside."""

    def receive(self, data: bytes) -> None:
        """What the switch says there."""


class World:
    """A switch with stand-in issuers, in virtual time."""

    def __init__(self, rows: Rows | None = None, config: SwitchConfig | None = None) -> None:
        self.now_ms = NOON_MS
        self.config = config or SwitchConfig(timing=Timing())
        self.rows = rows or Rows()
        self.issuers: dict[int, StandInIssuer] = {}
        self.orders: list[AskBank] = []
        self.start()

    def start(self) -> None:
        """Start (again) from what the rows say; the issuers live on."""
        timing = self.config.timing
        outside = Outside(self.config.outside)
        made = {bank: acquirer(bank, Pins(), timing, outside) for bank in self.config.acquirers}
        self.acquirers = {bank: relay for bank, (relay, _) in made.items()}
        self.batches = {bank: batches for bank, (_, batches) in made.items()}
        self.networks = {
            one.value: network(one, Pins(), timing, Outside(self.config.outside)) for one in Scheme
        }
        for bank in self.config.issuers:
            self.issuers.setdefault(bank, StandInIssuer(issuer_name(bank)))
        self.end = EndOfDay(self.acquirers, self.networks.values(), self.issuers, outside)
        nodes: list[Node] = [
            *self.acquirers.values(),
            *self.networks.values(),
            *self.issuers.values(),
            self.end,
        ]
        self.board = Switchboard(nodes, self.rows)
        self.board.restore(self.now_ms)
        join(self.board, self.config, self.now_ms)
        self.ports = {
            bank: TerminalPort(bank, self.config, self.now_ms).port for bank in self.config.acquirers
        }
        self.terminals: dict[int, Peer] = {}
        self.turn()

    def terminal(self, bank: int = CENTERCREDIT) -> "Terminal":
        """A terminal that has just connected to this bank's acquirer."""
        channel = self.board.opened(*self.ports[bank].opened(), self.now_ms)
        made = self.terminals[channel] = Terminal(self, channel)
        made.say_raw(made.link.data_to_send())
        made.raw.clear()
        return made

    def turn(self, later_s: float = 0) -> None:
        """One turn, so much later; what leaves reaches the terminals."""
        self.now_ms += int(later_s * 1000)
        leaving = self.board.turn(self.now_ms)
        self.orders += leaving.orders
        for channel, data in leaving.data.items():
            self.terminals[channel].receive(data)

    def pass_time(self, seconds: int) -> None:
        """Let time pass, turning at every deadline."""
        until_ms = self.now_ms + seconds * 1000
        while (due_ms := self.board.next_deadline()) is not None and due_ms <= until_ms:
            self.now_ms = max(due_ms, self.now_ms)
            self.turn()
        self.now_ms = until_ms
        self.turn()

    def answer_late(self, bank: int) -> None:
        """The issuer says at last what it held back."""
        issuer = self.issuers[bank]
        held, issuer.held_back = issuer.held_back, []
        self.board.follow(issuer_name(bank), held, self.now_ms)
        self.turn()


class Terminal:
    """A terminal's end of a connection, with the messages it got and their bytes."""

    def __init__(self, world: World, channel: int) -> None:
        self.world = world
        self.channel = channel
        self.link = Link(TPDU_2, VISA_STYLE, False)
        self.link.opened(world.now_ms)
        self.heard: list[Message] = []
        self.raw: list[bytes] = []

    def receive(self, data: bytes) -> None:
        self.raw.append(data)
        self.link.receive_data(data, self.world.now_ms)
        self.heard += [event.message for event in self.link.events() if isinstance(event, Heard)]

    def say(self, message: Message) -> None:
        """Send, and let the switch turn once."""
        assert self.link.send(message)
        self.say_raw(self.link.data_to_send())

    def say_raw(self, data: bytes) -> None:
        """Send bytes, whatever they are."""
        self.world.board.arrived(self.channel, data, self.world.now_ms)
        self.world.turn()

    def ask(self, message: Message) -> Message:
        """Send and give back the one answer."""
        before = len(self.heard)
        self.say(message)
        assert len(self.heard) == before + 1
        return self.heard[-1]

    def hang_up(self) -> None:
        """The connection is gone."""
        self.world.board.closed(self.channel, self.world.now_ms)
        self.world.turn()


def card(bank: int = HALYK, number: int = 1) -> str:
    """The number of a card of this bank."""
    digits = f"{bin_of(bank)}{number:09}"
    return digits + luhn_digit(digits)


def purchase(
    when: World | int,
    pan: str,
    amount_tiyn: int = 3_779_00,
    stan: int = 1,
    terminal: str = "T0000001",
    **more: str,
) -> Message:
    """0100 of a chip purchase, ``when`` this world is or in this millisecond."""
    now_ms = when if isinstance(when, int) else when.now_ms
    fields: dict[int, str | bytes] = {
        2: pan,
        3: more.get("processing", "000000"),
        4: amount_text(amount_tiyn),
        7: transmitted_at(now_ms),
        11: f"{stan:06}",
        12: "120000",
        13: "0921",
        14: "3012",
        18: "5411",
        22: more.get("entry", "051"),
        25: "00",
        35: f"{pan}=30122010000000000",
        41: terminal,
        42: "990140000385   ",
        43: f"{'Shop of Dana':<25}{'Almaty':<13}KZ",
        49: "398",
        55: bytes.fromhex("9F2608112233445566778899"[:22]),
    }
    return Message(more.get("mti", "0100"), fields)


def reversal(of: Message, stan: int = 900_001, mti: str = "0400", stands_tiyn: int = 0) -> Message:
    """0400 of what this message asked for."""
    repeated = (2, 3, 4, 7, 12, 13, 14, 18, 41, 42, 43, 49)
    kept = {number: of.fields[number] for number in repeated if number in of.fields}
    original = Original(of.mti, of.stan, of.transmitted, "", "").to_text()
    more = {95: f"{stands_tiyn:012}{'0' * 30}"} if stands_tiyn else {}
    return Message(mti, {**kept, 11: f"{stan:06}", 90: original, **more})
