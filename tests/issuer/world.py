"""One card host in virtual time: real chips, a real security module, and a bank of a few lines behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from card_switch.core.issuer.cards import CardRecord, Limits
from card_switch.core.issuer.host import Issuer
from card_switch.core.issuer.settings import SPOKEN, IssuerSettings
from card_switch.core.keys import ON_US, issuer_zone, terminal_zone
from card_switch.core.node import OWN_ACQUIRER, VISA, AskBank, Command, Forget, Keep, Row, Send, Tell
from card_switch.core.timing import Timing
from hardware.cards.emv.payment_card import PaymentCard
from hardware.cards.emv.profiles import profile_of_bank
from hardware.cards.emv.rsa_keys import rsa_key
from hardware.entropy import SeededEntropy
from hardware.hsm import SoftHsm
from hardware.hsm_keys import KeyFolder
from hardware.pin_pad import PinPad
from tender.account.capabilities import Profile
from tender.account.card_messages import (
    ACTIVE,
    REAL,
    Authorise,
    Authorised,
    Balance,
    BalanceTold,
    BankReply,
    BankState,
    CardIssued,
    CardLinked,
    CardState,
    Credit,
    Credited,
    Noted,
    Tried,
    Undo,
    Undone,
    decode_order,
    encode_reply,
)
from tender.account.participants import HALYK
from tender.card import dol
from tender.card.bins import bin_of
from tender.card.iso8583.message import Message, Original, amount_text
from tender.card.iso8583.moments import transmitted_at
from tender.card.pan import Pan, Track2, luhn_digit
from tender.card.personalisation import Personalisation, RsaPrivateKey
from tender.card.tags import Tag
from tender.card.tlv import Tlv, pack, tree

NOON_MS: Final = 1_790_000_000_000
PIN: Final = "1234"
EXPIRY: Final = "3012"
CHIP_TAGS: Final = (
    *(0x9F26, 0x9F27, 0x9F10, 0x9F37, 0x9F36, 0x95, 0x9A, 0x9C, 0x9F02, 0x5F2A, 0x82, 0x9F1A, 0x9F03),
    0x9F34,
)
"""What a terminal sends its issuer of the chip's data."""
PURCHASE_TIYN: Final = 3_779_00
_BEGINS: Final = date(2026, 1, 1)


@cache
def _key(bits: int) -> RsaPrivateKey:
    return rsa_key(bits, SeededEntropy("issuer's tests"))


@cache
def hsm() -> SoftHsm:
    """One module for all tests, with the same keys every time; its folder goes with the process."""
    folder = TemporaryDirectory(prefix="hsm")
    _FOLDERS.append(folder)
    return SoftHsm(KeyFolder(Path(folder.name), SeededEntropy("hsm")), _key)


_FOLDERS: list[TemporaryDirectory[str]] = []


class Chip:
    """A card's chip as a terminal of a few lines talks to it: one cryptogram after the other."""

    def __init__(self, made: Personalisation) -> None:
        self._made = made
        self._card = PaymentCard.made([made], SeededEntropy("chip"))

    def send(self, head: str, body: bytes = b"") -> tuple[bytes, int]:
        """A command with its whole answer, by T=0 or T=1."""
        answer = self._card.transmit(bytes.fromhex(head) + (bytes((len(body),)) + body if body else b"\0"))
        while answer[-2] == 0x61:
            answer = answer[:-2] + self._card.transmit(bytes((0, 0xC0, 0, 0, answer[-1])))
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    def send_raw(self, command: bytes) -> int:
        """A command as it is; its status."""
        return int.from_bytes(self._card.transmit(command)[-2:], "big")

    @property
    def interchange(self) -> bytes:
        """Tag 82."""
        return self._made.data[Tag.AIP]

    def begin(self) -> None:
        """Power, selection, processing options."""
        self._card.power(False)
        self._card.power(True)
        assert self.send("00A40400", self._made.aid)[1] == 0x9000
        asked = dol.parse(self._made.data.get(Tag.PDOL, b""))
        filled = dol.fill(asked, {})
        assert self.send("80A80000", bytes((0x83, len(filled))) + filled)[1] == 0x9000

    def generate(self, p1: int, which: int, told: Mapping[int, bytes]) -> dict[int, bytes]:
        """GENERATE AC by the first or the second list."""
        body = dol.fill(dol.parse(self._made.data[which]), told)
        answer, status = self.send(f"80AE{p1:02X}00", body)
        assert status == 0x9000, f"{status:04X}"
        if answer[0] == 0x80:
            value = answer[2:]
            return {0x9F27: value[:1], 0x9F36: value[1:3], 0x9F26: value[3:11], 0x9F10: value[11:]}
        return {one.tag: one.value for _, one in tree(answer) if not one.is_template}


def named(of: Message) -> str:
    """Data element 90 of what speaks of this request."""
    return Original(of.mti, of.stan, of.transmitted, of.acquirer, "").to_text()


@dataclass
class StandInBank:
    """Accounts by card; answers when it is told to, each order once, whatever came before."""

    free_tiyn: dict[bytes, int] = field(default_factory=dict)
    done: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    undone: dict[str, int] = field(default_factory=dict)
    credits: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Credits that stand: of what, and how much."""
    replies: dict[str, bytes] = field(default_factory=dict)
    orders: list[object] = field(default_factory=list)
    noted: list[object] = field(default_factory=list)
    """Tries that the host had refused by itself."""
    silent: bool = False
    says: str = ""
    """The code it answers an authorisation with."""
    undoes_not: str = ""
    """Why it refuses to undo anything now."""

    def asked(self, order: bytes) -> bytes:
        said = decode_order(order)
        (self.noted if isinstance(said, Tried) else self.orders).append(said)
        if isinstance(said, Undo):
            return encode_reply(self._reply(said))
        if said.operation not in self.replies:
            self.replies[said.operation] = encode_reply(self._reply(said))
        return self.replies[said.operation]

    def _reply(self, said: object) -> BankReply:
        match said:
            case Authorise(operation, card, amount_tiyn):
                code = self.says or (
                    "funds-insufficient" if amount_tiyn > self.free_tiyn.get(card, 0) else ""
                )
                if operation in self.undone:
                    code = "operation-undone"
                if not code:
                    self.free_tiyn[card] -= amount_tiyn
                    self.done[operation] = card, amount_tiyn
                return Authorised(operation, code, self.free_tiyn.get(card, 0))
            case Undo(operation, original, amount_tiyn):
                card, whole_tiyn = self.done.get(original, (b"", 0))
                before_tiyn = self.undone.get(original, 0)
                if self.undoes_not:
                    return Undone(operation, self.undoes_not, before_tiyn)
                wanted_tiyn = amount_tiyn or abs(whole_tiyn)
                back_tiyn = sum(tiyn for of, tiyn in self.credits.values() if of == original)
                most_tiyn = max(0, abs(whole_tiyn) - back_tiyn) if back_tiyn else wanted_tiyn
                now_tiyn = max(before_tiyn, min(wanted_tiyn, most_tiyn))
                self.undone[original] = now_tiyn
                if card:
                    self.free_tiyn[card] += (now_tiyn - before_tiyn) * (-1 if whole_tiyn < 0 else 1)
                self.credits.pop(original, None)
                return Undone(operation, "" if now_tiyn >= wanted_tiyn else "refund-too-much", now_tiyn)
            case Credit(operation, original, card, amount_tiyn):
                self.free_tiyn[card] += amount_tiyn
                self.done[operation] = card, -amount_tiyn
                self.credits[operation] = original, amount_tiyn
                return Credited(operation, "", 0)
            case Balance(operation, card):
                return BalanceTold(operation, "", self.free_tiyn[card], self.free_tiyn[card] + 100)
            case CardIssued(operation, _, client):
                return CardLinked(operation, "client-unknown" if client == "nobody" else "", None, "active")
            case CardState(operation, _, state):
                return CardLinked(operation, "", None, state)
            case Tried(operation):
                return Noted(operation, "")
        raise AssertionError(said)


class World:
    """An issuer, its bank, its cards."""

    def __init__(self, bank: int = HALYK, profile: Profile = Profile.FULL) -> None:
        self.bank_number = bank
        self.settings = IssuerSettings(bank, profile, Timing())
        self.host = Issuer(self.settings, hsm())
        self.bank = StandInBank()
        self.rows: dict[tuple[str, str], bytes] = {}
        self.now_ms = NOON_MS
        self.sent: list[tuple[str, Message]] = []
        self.told: list[Tell] = []
        self.unanswered: list[AskBank] = []

    def do(self, commands: Sequence[Command]) -> None:
        """Rows, then what leaves; the bank answers at once unless it is silent."""
        for command in commands:
            match command:
                case Keep(table, key, data):
                    self.rows[table, key] = data
                case Forget(table, key):
                    self.rows.pop((table, key), None)
                case Send(link, message):
                    self.sent.append((link, message))
                case Tell():
                    self.told.append(command)
                case AskBank():
                    self.unanswered.append(command)
        if not self.bank.silent:
            self.bank_answers()

    def bank_answers(self) -> None:
        """The bank says what it has not said yet."""
        asked, self.unanswered = self.unanswered, []
        for one in asked:
            self.do(self.host.bank_said(one.operation, self.bank.asked(one.order), self.now_ms))

    def bank_blocked(self, blocked: bool) -> None:
        """The bank says unasked that the platform has blocked it, or that it no longer is."""
        self.do(self.host.bank_said("", encode_reply(BankState("", blocked)), self.now_ms))

    def hear(self, message: Message, link: str = VISA) -> None:
        """A message comes in."""
        self.do(self.host.heard(link, message, self.now_ms))

    def ask(self, message: Message, link: str = VISA) -> Message:
        """A message comes in and has one answer."""
        before = len(self.sent)
        self.hear(message, link)
        assert len(self.sent) == before + 1, self.told[-2:]
        assert self.sent[-1][0] == link
        return self.sent[-1][1]

    def later(self, seconds: float) -> None:
        """Time passes."""
        self.now_ms += int(seconds * 1000)
        due_ms = self.host.next_deadline()
        if due_ms is not None and due_ms <= self.now_ms:
            self.do(self.host.due(self.now_ms))

    def restart(self) -> None:
        """The process dies; what is in rows lives on."""
        self.host = Issuer(self.settings, hsm())
        self.unanswered = []
        rows = [Row(table, key, data) for (table, key), data in sorted(self.rows.items())]
        self.do(self.host.restore(rows, self.now_ms))

    def card(
        self,
        number: int = 1,
        free_tiyn: int = 10_000_00,
        **changes: Any,
    ) -> "HeldCard":
        """A card of this bank with so much behind it."""
        digits = f"{bin_of(self.bank_number)}{number:09d}"
        pan = Pan(digits + luhn_digit(digits))
        record = CardRecord(
            link=number.to_bytes(16, "big"),
            number=pan.digits,
            sequence=1,
            expiry=EXPIRY,
            service_code="201",
            pvv=hsm().pin_verification_value(self.bank_number, pan, PIN),
            kind=REAL,
            state=ACTIVE,
            why="",
            client="900101300017",
            limits=Limits(),
        )
        record = replace(record, **changes)
        self.do([self.host.holders.put(record)])
        self.bank.free_tiyn[record.link] = free_tiyn
        return HeldCard(self, record)

    def free(self, held: "HeldCard") -> int:
        """What the bank says may be spent."""
        return self.bank.free_tiyn[held.record.link]


class HeldCard:
    """A card in somebody's hand, and the messages a terminal makes of it."""

    def __init__(self, world: World, record: CardRecord, chip: Chip | None = None) -> None:
        self.world = world
        self.record = record
        self.pan = record.pan
        self.stan = int.from_bytes(record.link[-3:], "big") * 1000
        """Of the last message."""
        self._chip = chip
        self.tvr = bytes(5)
        self.terminal_says: dict[int, bytes] = {}

    @property
    def chip_in_it(self) -> Chip:
        """Its chip, made by the bank when it is first used."""
        if self._chip is None:
            bank = self.world.bank_number
            kind = profile_of_bank(bank)
            made = hsm().personalise(
                bank, kind, self.pan, self.record.sequence, "AKHMETOVA/AIGUL", _BEGINS, 203012, PIN
            )
            self._chip = Chip(made)
        return self._chip

    def told(self, amount_tiyn: int, kind: str = "00") -> dict[int, bytes]:
        """What a terminal tells the chip."""
        return {
            Tag.AMOUNT: bytes.fromhex(f"{amount_tiyn:012}"),
            Tag.AMOUNT_OTHER: bytes(6),
            Tag.TERMINAL_COUNTRY: b"\x03\x98",
            Tag.TVR: self.tvr,
            Tag.CURRENCY: b"\x03\x98",
            Tag.DATE: bytes.fromhex("260115"),
            Tag.TRANSACTION_TYPE: bytes.fromhex(kind),
            Tag.UNPREDICTABLE: bytes.fromhex("1A2B3C4D"),
            Tag.CVM_RESULTS: bytes.fromhex("1F0302"),
            Tag.TERMINAL_TYPE: b"\x22",
        } | self.terminal_says

    def cryptogram(self, amount_tiyn: int, kind: str) -> dict[int, bytes]:
        """What the chip says to this, in a new transaction of its own."""
        told = self.told(amount_tiyn, kind)
        self.chip_in_it.begin()
        said = self.chip_in_it.generate(0x80, Tag.CDOL1, told)
        data = told | {Tag.AIP: self.chip_in_it.interchange} | said
        return {tag: data[tag] for tag in CHIP_TAGS}

    def chip(self, amount_tiyn: int = PURCHASE_TIYN, /, **more: str | bytes) -> Message:
        """0100 by contact; fields as ``f22="051"``, of the chip's data as ``t95=…``."""
        kind = str(more.get("f3", "000000"))[:2]
        data = self.cryptogram(amount_tiyn, kind)
        for name, value in more.items():
            if name[0] == "t":
                assert isinstance(value, bytes)
                data[int(name[1:], 16)] = value
        octets = pack(Tlv(tag, value) for tag, value in data.items())
        track = Track2(self.pan, self.record.expiry, "201", f"1{self.record.pvv}{self.check_value('999')}")
        fields: dict[str, str | bytes] = {"f22": "051", "f23": "001", "f35": track.to_text(), "f55": octets}
        return self.message(amount_tiyn, **(fields | {k: v for k, v in more.items() if k[0] != "t"}))

    def stripe(self, amount_tiyn: int = PURCHASE_TIYN, value: str = "", **more: str | bytes) -> Message:
        """0100 of a stripe after the chip failed, with the PIN."""
        track = Track2(
            self.pan, self.record.expiry, "201", f"1{self.record.pvv}{value or self.check_value('201')}"
        )
        fields: dict[str, str | bytes] = {"f22": "801", "f35": track.to_text(), "f52": self.pin_block()}
        return self.message(amount_tiyn, **(fields | more))

    def online(self, amount_tiyn: int = PURCHASE_TIYN, printed: str = "", **more: str | bytes) -> Message:
        """0100 of a shop in the network of networks."""
        fields: dict[str, str | bytes] = {"f22": "810", "f25": "59"}
        message = self.message(amount_tiyn, **(fields | more))
        return SPOKEN[VISA].with_cvv2(message, printed or self.check_value("000"))

    def pin_block(self, pin: str = PIN, link: str = VISA) -> bytes:
        """Data element 52 under the key between network (or own acquirer) and issuer."""
        zone = issuer_zone(ON_US if link == OWN_ACQUIRER else link, self.world.bank_number)
        terminal = terminal_zone(HALYK, "T0000001")
        block = PinPad(hsm().terminal_key(terminal)).block(pin, self.pan)
        moved = hsm().translate_pin(block, self.pan, terminal, zone)
        assert moved is not None
        return moved

    def check_value(self, service_code: str) -> str:
        """CVV, iCVV, CVV2."""
        return hsm().verification_value(self.world.bank_number, self.pan, self.record.expiry, service_code)

    def message(self, amount_tiyn: int, /, **more: str | bytes) -> Message:
        """A request with a new trace number and a life-cycle id."""
        self.stan += 1
        fields: dict[int, str | bytes] = {
            2: self.pan.digits,
            3: "000000",
            4: amount_text(amount_tiyn),
            7: transmitted_at(self.world.now_ms),
            11: f"{self.stan % 1_000_000:06}",
            14: self.record.expiry,
            18: "5411",
            25: "00",
            32: "856",
            37: f"{self.stan:012}",
            41: "T0000001",
            42: "990140000385   ",
            43: f"{'Shop of Dana':<25}{'Almaty':<13}KZ",
            49: "398",
        }
        mti = str(more.pop("mti", "0100"))
        fields |= {int(name[1:]): value for name, value in more.items()}
        return SPOKEN[VISA].with_life_cycle_id(Message(mti, fields), f"04{self.stan:013}")

    def refund(self, of: Message, amount_tiyn: int) -> Message:
        """0100 by chip that gives back a part of what this request paid."""
        return self.chip(amount_tiyn, f3="200000", f90=named(of))

    def reversal(self, of: Message, stands_tiyn: int = 0, named: bool = True) -> Message:
        """0420 of this request; without its life-cycle id when nobody knew it."""
        self.stan += 1
        kept = {n: v for n, v in of.fields.items() if n in (2, 3, 4, 7, 14, 18, 32, 37, 41, 42, 43, 49, 62)}
        original = Original(of.mti, of.stan, of.transmitted, "", "").to_text()
        more: dict[int, str | bytes] = {11: f"{self.stan % 1_000_000:06}", 90: original}
        if stands_tiyn:
            more[95] = f"{stands_tiyn:012}{'0' * 30}"
        made = Message("0420", {**kept, **more})
        return made if named else made.without(62)
