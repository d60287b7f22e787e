"""The card switch before a street's banks, in virtual time: every host and every row is real, no socket is.

A terminal here is the till's own kernel with a real chip in it. It opens a line, signs on, asks and hangs up.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Final

from card_switch.compose import Hosts, build_hosts
from card_switch.config import SwitchConfig
from card_switch.core.node import AskBank
from card_switch.ports import Hsm
from card_switch.service.closing import closing_questions
from card_switch.service.desk import Answer, Later, SwitchDesk
from card_switch.service.issuing import CardDesk
from card_switch.service.terminals import terminal_questions
from card_switch.service.wiring import TerminalPort
from card_switch.store.rows import SwitchStore
from hardware.cards.emv.payment_card import PaymentCard
from hardware.cards.emv.profiles import profile_of_bank
from hardware.disks import open_disk, sqlite_url
from hardware.hsm import SoftHsm
from hardware.hsm_keys import KeyFolder
from hardware.pin_pad import PinPad
from pos.core.card_batch import closing_message, closing_of
from pos.core.card_messages import Heard as Said
from pos.core.card_messages import Shop, heard, packed, request
from pos.core.card_settings import CardSettings
from pos.core.card_tender import Approve, Ask, CardPayment, Refuse, step, totals
from pos.core.emv.driving import World, drive
from pos.core.emv.purchase import purchase
from pos.core.emv.steps import Answered, AskPin, GoOnline, PinEnciphered, PinTyped
from pos.service.card_kernel import sale_of, seen_online, terminal_of
from tender.account.capabilities import CARD_BANKS, Profile
from tender.account.card_messages import (
    BankReply,
    CardIssued,
    CardLink,
    CardState,
    CloseDay,
    MerchantAsked,
    decode_order,
    encode_reply,
)
from tender.account.participants import BANKS
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.framing import TPDU_2
from tender.card.iso8583.link import Link
from tender.card.iso8583.link_events import Heard
from tender.card.iso8583.message import Message
from tender.card.personalisation import PERSONALISATION
from tender.card.values import Capabilities
from tender.crypto.sealing import Pin
from town.bench.card_payers import CARD_PIN, settings_of
from town.bench.two_wallets import must
from town.cast import Person
from town.pilot.street import Street

APPROVED: Final = "00"
NO_ANSWER: Final = ""
PROVING: Final = Capabilities.SDA | Capabilities.DDA | Capabilities.CDA | Capabilities.ENCIPHERED_PIN


class Rails:
    """A switch over a street. ``profile``: what its issuers approve; whose cards are made is not asked here,
    so that each of the four banks has chips at either. ``proves``: whether terminals check the chips'
    signatures; it costs RSA, and the bank decides by its own cryptogram either way."""

    def __init__(
        self, street: Street, profile: Profile, hsm: Hsm | None = None, *, proves: bool = True
    ) -> None:
        self.proves = proves
        self.street = street
        folder = street.folder / f"switch-{profile.value}"
        folder.mkdir(parents=True)
        self._store = SwitchStore(open_disk(sqlite_url(folder / "switch.db"), "switch", durable=False))
        self.hsm = hsm or SoftHsm(KeyFolder(folder / "keys", street.entropy))
        config = SwitchConfig(profile=profile)
        self.hosts: Hosts = build_hosts(config, self.hsm, self._store, street.now_ms)
        kinds = {bank: profile_of_bank(bank) for bank in CARD_BANKS}
        board = self.hosts.board
        self._desk = SwitchDesk(
            terminal_questions(self.hsm, profile),
            closing_questions(board, self.hosts.end_of_day, self.hosts.batches),
            CardDesk(board, self.hosts.issuers, Profile.FULL, self.hsm, kinds, street.entropy).questions(),
        )
        self._ports = {bank: TerminalPort(bank, config, street.now_ms).port for bank in BANKS}
        self.turn()

    def turn(self) -> dict[int, bytes]:
        """Until nobody has anything to say; the bytes for each channel."""
        board, said = self.hosts.board, dict[int, bytes]()
        while True:
            leaving = board.turn(self.street.now_ms)
            for channel, data in leaving.data.items():
                said[channel] = said.get(channel, b"") + data
            if not leaving.orders:
                return said
            for order in leaving.orders:
                reply = self._bank_says(order)
                if reply is not None:
                    board.bank_said(order.bank, order.operation, encode_reply(reply), self.street.now_ms)

    def _bank_says(self, asked: AskBank) -> BankReply | None:
        bank, order = self.street.platform.banks[asked.bank], decode_order(asked.order)
        if isinstance(order, CloseDay):
            return bank.card_days.close(order)
        if isinstance(order, CardIssued | CardState | CardLink):
            return bank.cards.card(order)
        if isinstance(order, MerchantAsked):
            return bank.cards.merchant(order)
        return bank.cards.work([order])[0]

    def ask(self, question: str, **given: Any) -> dict[str, Any]:
        """A question at the switch's desk and its answer."""
        told: Answer | Later | None = self._desk.ask(question, given, self.street.now_ms)
        if callable(told):
            self.turn()
            told = told()
        if told is None:
            raise RuntimeError(f"the switch does not answer: {question}")
        return dict(must(told))

    def say(self, bank: int, message: Message) -> Message | None:
        """At a line of a terminal of this bank, opened for this one question; None when nobody answers."""
        board, now_ms = self.hosts.board, self.street.now_ms
        channel = board.opened(*self._ports[bank].opened(), now_ms)
        link, said = Link(TPDU_2, VISA_STYLE, False), False
        link.opened(now_ms)
        try:
            while data := link.data_to_send():
                board.arrived(channel, data, now_ms)
                link.receive_data(self.turn().get(channel, b""), now_ms)
                answers = [one.message for one in link.events() if isinstance(one, Heard)]
                if answers:
                    return answers[0]
                if link.is_up and not said:
                    said = link.send(message)
            return None
        finally:
            board.closed(channel, now_ms)

    def card_of(self, person: Person) -> PaymentCard:
        """Ordered, produced with a PIN, activated."""
        ordered = self.ask("card-issue", bank=person.bank, client=person.number, kind="real")
        named = {"card": ordered["reference"]}
        made = self.ask("card-produce", **named, holder="PILOT/USER", pin=CARD_PIN)
        self.ask("card-activate", **named)
        chip = PERSONALISATION.decode(bytes.fromhex(made["personalisation"]))
        return PaymentCard.made([chip], self.street.entropy)

    def terminal(self, bank: int, *, cash_machine: bool = False) -> "Terminal":
        """A till of the shop that banks there, or a cash machine of the bank."""
        merchant = self.street.shops[bank]
        told = self.ask(
            "terminal",
            bank=bank,
            count=2 if cash_machine else 1,
            merchant=merchant.number,
            category=6011 if cash_machine else merchant.category,
            cash_machine=cash_machine,
        )
        return Terminal(self, bank, settings_of(told), Shop(merchant.shown, "Almaty"))

    def close(self) -> None:
        """Give the disk back."""
        self._store.close()


@dataclass
class Terminal:
    """The kernel, a PIN pad and a batch; ``payments`` are those of the batch that is open."""

    rails: Rails
    bank: int
    settings: CardSettings
    shop: Shop
    payments: list[CardPayment] = field(default_factory=list)

    def _number(self) -> int:
        self.settings = self.settings.counted()
        return self.settings.number

    def pay(self, kind: str, card: PaymentCard, amount_tiyn: int) -> str:
        """A card in the slot, the PIN typed: DE 39 of the answer. Approved: by the chip too."""
        street = self.rails.street
        now = street.clock.now()
        terminal = terminal_of(self.settings, self.shop.name)
        if not self.rails.proves:
            terminal = replace(terminal, capabilities=terminal.capabilities & ~PROVING)
        payment = CardPayment(self._number(), kind, amount_tiyn, now, self.settings.batch)
        asked: list[tuple[CardPayment, Said]] = []

        def online(go: GoOnline) -> Answered:
            message = request(payment, self.settings, self.shop, go, now)
            waiting = must(step(payment, Ask(packed(message), message.rrn, seen_online(go), now), now))
            answer = self.rails.say(self.bank, message)
            if answer is None:
                raise RuntimeError(f"nobody answers {self.settings.terminal}")
            said = heard(answer, message)
            asked.append((waiting, said))
            return Answered(said.code, said.chip_data)

        card.power(False)
        card.power(True)
        outcome = drive(
            purchase(terminal, sale_of(payment, now, street.entropy.draw(32))),
            World(card.transmit, online, self._pin),
        )
        if not asked:
            return NO_ANSWER
        [(waiting, said)] = asked
        if outcome.verdict.approved != (said.code == APPROVED):
            raise RuntimeError(f"bank and chip do not agree: {said.code}, {outcome.reason}")
        event: Approve | Refuse = Refuse(said.code)
        if said.code == APPROVED:
            event = Approve(said.code, said.approval, said.life, waiting.seen)
        self.payments.append(must(step(waiting, event, now)))
        return said.code

    def _pin(self, asked: AskPin) -> PinTyped | PinEnciphered:
        if asked.online:
            return PinEnciphered(PinPad(self.settings.key).block(CARD_PIN, asked.pan))
        return PinTyped(Pin(CARD_PIN))

    def close_batch(self) -> bool:
        """Whether its acquirer has counted the same."""
        counted = totals(self.payments, self.settings.batch)
        closing = closing_of(counted, self._number(), self.rails.street.clock.now())
        answer = self.rails.say(self.bank, closing_message(closing, self.settings))
        self.settings, self.payments = self.settings.closed_batch(), []
        return answer is not None and answer.code == APPROVED
