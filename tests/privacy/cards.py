"""A card is made, buys by chip, buys on line by its number, and the day ends, on rails with a tap at every
host: what each is told of the card, its client and the purchase (docs/privacy.md, "A purchase by card").

Hosts are asked by the fields of the messages they hear, all others by the bytes.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from platform_stub.bank.card_days import CardDays
from platform_stub.bank.cards import Cards
from tender.account.capabilities import Profile
from tender.account.card_client_messages import (
    CARD_OPERATION,
    CardOperationsQuestion,
    CardOperationsTold,
)
from tender.account.card_messages import encode_order, encode_reply
from tender.account.eds import open_order
from tender.account.participants import HALYK, KAZPOST, NBK, NOTARY
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.message import Message
from tests.issuer.operator_desk import Operator, an_operator
from tests.issuer.world import PIN as TYPED
from tests.issuer.world import HeldCard
from tests.platform_stub.people import MERCHANT
from tests.privacy.data import AMOUNT, NUMBER, PHONE, Datum, keys, numbers, texts

SHOP: Final = "shop"
ACQUIRER: Final = "acquirer's host"
NETWORK: Final = "network"
ISSUER: Final = "issuer's card host"
CLIENTS_BANK: Final = "client's bank"
SHOPS_BANK: Final = "shop's bank"
NATIONAL_BANK: Final = "National Bank"
NOTARY_: Final = "notary"
CLIENT: Final = "client's wallet"
CARD_ROLES: Final = (
    SHOP,
    ACQUIRER,
    NETWORK,
    ISSUER,
    CLIENTS_BANK,
    SHOPS_BANK,
    NATIONAL_BANK,
    NOTARY_,
    CLIENT,
)

PAN: Final = "card number"
LAST_FOUR: Final = "last four"
EXPIRY: Final = "expiry"
CODE: Final = "code on the back"
PIN: Final = "PIN"
ON_CARD: Final = "name on the card"
HOLDER: Final = "client's name"
ACCOUNT: Final = "account"
PLACE: Final = "shop"
RRN: Final = "RRN"
CARD_DATA: Final = (
    *(PAN, LAST_FOUR, EXPIRY, CODE, PIN, ON_CARD),
    *(HOLDER, PHONE, NUMBER, ACCOUNT),
    *(PLACE, AMOUNT, RRN),
)

ISSUED: Final = "A card is made"
BY_CHIP: Final = "By chip and PIN"
ON_LINE: Final = "On line, by card number"
DAYS_END: Final = "The end of the day"
CHIP_TIYN: Final = 3_779_17
ONLINE_TIYN: Final = 2_468_13
SHOP_NAME: Final = "Shop of Dana"
ON_PLASTIC: Final = "TEST/CLIENT"

PARTICIPANTS: Final = {NBK: NATIONAL_BANK, NOTARY: NOTARY_, HALYK: CLIENTS_BANK, KAZPOST: SHOPS_BANK}

Seen = dict[str, dict[str, set[str]]]
"""Flow → role → what it was told; an enciphered PIN stands as :data:`SEALED`."""
SEALED: Final = "PIN, enciphered"
_RECORDS: Final = [(file, record) for file in (1, 2, 3, 4) for record in (1, 2, 3, 4)]


@dataclass
class Heard:
    """What each role got in one flow."""

    messages: dict[str, list[Message]] = field(default_factory=lambda: defaultdict(list))
    bytes: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))


class CardRails:
    """One town with a tap at each host, at the banks' card desks, and between participants."""

    def __init__(self, operator: Operator) -> None:
        self.operator = operator
        self.heard = Heard()
        platform = operator.chain.town.platform
        self._stores = {
            NATIONAL_BANK: platform.nbk.desk.store,
            NOTARY_: platform.notary.desk.store,
            CLIENTS_BANK: platform.banks[HALYK].desk.store,
            SHOPS_BANK: platform.banks[KAZPOST].desk.store,
        }
        self.card: HeldCard
        nodes = operator.chain.hosts.board.nodes
        for name, role in (
            (f"acquirer-{KAZPOST}", ACQUIRER),
            ("visa", NETWORK),
            (f"issuer-{HALYK}", ISSUER),
        ):
            self._tap(nodes[name], role)

    def _tap(self, node: Any, role: str) -> None:
        plain = node.heard

        def heard(link: str, message: Message, now_ms: int) -> Any:
            self.heard.messages[role].append(message)
            return plain(link, message, now_ms)

        node.heard = heard

    def ordered(self, bank: int, orders: Any, replies: Any) -> None:
        """A bank's node got these over its card link, and answered; its client's issuer got the answers."""
        role = {HALYK: CLIENTS_BANK, KAZPOST: SHOPS_BANK}.get(bank)
        if role:
            self.heard.bytes[role] += map(encode_order, orders)
        if role == CLIENTS_BANK:
            self.heard.bytes[ISSUER] += (encode_reply(one) for one in replies if one is not None)

    @contextmanager
    def flow(self) -> Iterator[Heard]:
        """What is heard from here on, between participants too, and what the client's wallet shows."""
        self.heard = Heard()
        before = {role: len(self._evidence(role)) for role in self._stores}
        yield self.heard
        for role, known in before.items():
            for one in self._evidence(role)[known:]:
                to_it = PARTICIPANTS.get(open_order(one.order_raw).order.to) == role
                self.heard.bytes[role].append(one.order_raw if to_it else one.reply_raw)

    def _evidence(self, role: str) -> Any:
        with self._stores[role].reading() as rows:
            return rows.evidence(most=100_000)

    # --- the flows

    def made(self) -> str:
        """Ordered at the issuer's desk, produced with a PIN, activated; it has no RRN."""
        desk = self.operator.desk
        plain = desk.ask

        def asked(question: str, given: Any, now_ms: int) -> Any:
            self.heard.bytes[ISSUER].append(repr(given).encode())
            return plain(question, given, now_ms)

        with patch.object(desk, "ask", asked):
            self.card = self.operator.real(HALYK)
        return "no RRN"

    def shown(self) -> None:
        """The client looks at the newest operation."""
        told = self.operator.phone(HALYK).ask("card-operations", CardOperationsQuestion(1))
        assert isinstance(told, CardOperationsTold)
        self.heard.bytes[CLIENT].append(CARD_OPERATION.encode(told.operations[0]))

    def by_chip(self) -> str:
        """The chip is read, the PIN typed, the answer printed; its RRN."""
        card, operator = self.card, self.operator
        self.heard.bytes[SHOP] += records_of(card)
        block = operator.pin_block(KAZPOST, card, TYPED)
        asked = card.chip(CHIP_TIYN, f52=block)
        answer = operator.pay(KAZPOST, asked)
        assert answer.code == "00", answer
        self.heard.messages[SHOP] += (asked.without(37), answer)
        self.shown()
        return answer.rrn

    def on_line(self) -> str:
        """Number, date and code are typed into the shop's page, the client says yes in the wallet; RRN."""
        asked = self.card.online(ONLINE_TIYN)
        answer = self.operator.pay_online(self.card, ONLINE_TIYN)
        assert answer.code == "00", answer
        self.heard.messages[SHOP] += (asked.without(37), answer)
        self.shown()
        return answer.rrn

    def days_end(self) -> str:
        """The day is closed, the shop credited; what was spent moves to the bank in the minutes after. No RRN
        of its own."""
        assert self.operator.chain.close_day()["agrees"]
        self.operator.chain.town.clock.advance(120)
        self.operator.chain.town.platform.tick()
        return ""


def records_of(card: HeldCard) -> list[bytes]:
    """Every record that a terminal reads from the chip."""
    chip = card.chip_in_it
    chip.begin()
    found = (chip.send(f"00B2{record:02X}{file << 3 | 4:02X}") for file, record in _RECORDS)
    return [octets for octets, status in found if status == 0x9000]


def seen(heard: Heard, data: list[Datum]) -> dict[str, set[str]]:
    """What each role was told: of messages by their fields, of all else by the bytes."""
    told: dict[str, set[str]] = {}
    for role in CARD_ROLES:
        messages = heard.messages[role]
        material = [*heard.bytes[role], *(_octets(one) for one in messages)]
        found = {one.what for one in data if any(one.within(octets) for octets in material)}
        told[role] = found.union(*map(_by_field, messages))
    return told


def _octets(message: Message) -> bytes:
    values = message.fields.values()
    return b"\x00".join(one.encode() if isinstance(one, str) else one for one in values)


def _by_field(message: Message) -> set[str]:
    """What the fields of a message say, whatever it is in this purchase."""
    found = {LAST_FOUR, PAN} if 2 in message.fields or 35 in message.fields else set()
    found |= {EXPIRY} if 14 in message.fields or 35 in message.fields else set()
    found |= {CODE} if VISA_STYLE.cvv2(message) else set()
    return found | ({SEALED} if 52 in message.fields else set())


def personal(rails: CardRails, amount_tiyn: int, rrn: str) -> list[Datum]:
    """What is looked for in bytes."""
    card, person = rails.card, rails.operator.people[HALYK]
    pan, account = card.pan.digits, rails.operator.phone(HALYK).address
    whole, rest = divmod(amount_tiyn, 100)
    forms = {
        PAN: texts(pan) | {bytes.fromhex(pan)},
        LAST_FOUR: texts(str(card.pan)) | texts(pan) | {bytes.fromhex(pan)},
        EXPIRY: {b"\x5f\x24\x03" + bytes.fromhex(card.record.expiry), b"\x64" + card.record.expiry.encode()},
        CODE: {b"\x63" + card.check_value("000").encode()},
        PIN: {b"\x64" + TYPED.encode(), f"'pin': '{TYPED}'".encode()},
        ON_CARD: texts(ON_PLASTIC),
        HOLDER: texts(person.name),
        PHONE: texts(person.phone) | numbers(person.phone[2:]),
        NUMBER: numbers(person.identifier),
        ACCOUNT: keys([account]),
        PLACE: texts(SHOP_NAME) | texts(MERCHANT.identifier),
        AMOUNT: {
            b"\x1a" + amount_tiyn.to_bytes(4, "big"),
            f"{amount_tiyn:012}".encode(),
            f"{whole}.{rest:02}".encode(),
        },
        RRN: texts(rrn),
    }
    return [Datum("card", what, frozenset(found)) for what, found in forms.items()]


def play_cards() -> tuple[Seen, set[tuple[str, str]]]:
    """All flows, one after the other, on one town: what was told; (flow, role) of whoever got any byte."""
    told: Seen = {}
    got: set[tuple[str, str]] = set()
    rails: list[CardRails] = []

    def tapped(owner: type, name: str) -> Any:
        plain = getattr(owner, name)

        def answered(self: Any, asked: Any) -> Any:
            replied = plain(self, asked)
            for one in rails:
                many = isinstance(asked, list)
                bank = self.number if isinstance(self, Cards) else self._office.number
                one.ordered(bank, asked if many else [asked], replied if many else [replied])
            return replied

        return patch.object(owner, name, answered)

    with (
        tempfile.TemporaryDirectory() as folder,
        tapped(Cards, "work"),
        tapped(Cards, "card"),
        tapped(CardDays, "close"),
        contextmanager(an_operator)(Path(folder), Profile.FULL) as operator,
    ):
        made = CardRails(operator)
        rails.append(made)
        rrn = ""
        for flow, play, amount_tiyn in (
            (ISSUED, made.made, CHIP_TIYN),
            (BY_CHIP, made.by_chip, CHIP_TIYN),
            (ON_LINE, made.on_line, ONLINE_TIYN),
            (DAYS_END, made.days_end, ONLINE_TIYN),
        ):
            with made.flow() as heard:
                rrn = play() or rrn
            told[flow] = seen(heard, personal(made, amount_tiyn, rrn))
            got |= {(flow, role) for role in CARD_ROLES if heard.bytes[role] or heard.messages[role]}
    return told, got
