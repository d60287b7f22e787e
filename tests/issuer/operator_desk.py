"""Whoever sits at the desk of the switch, and the clients who come there with their cards and phones: for
tests that want every host, chip, line and book to be real."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from card_switch.config import SwitchConfig
from card_switch.core.day_views import CASH_KIND
from card_switch.core.keys import terminal_zone
from card_switch.service.desk import SwitchDesk
from card_switch.service.issuing import CardDesk
from card_switch.service.returning import ReturnDesk
from hardware.cards.emv.profiles import profile_of_bank
from hardware.entropy import SeededEntropy
from hardware.pin_pad import PinPad
from tender.account.capabilities import CARD_BANKS, Profile
from tender.account.card_client_messages import (
    CardConfirm,
    CardConfirmationsQuestion,
    CardConfirmationsTold,
)
from tender.account.participants import BANKS, KAZPOST
from tender.card.iso8583.message import Message
from tender.card.personalisation import PERSONALISATION
from tests.bank_cards.books import check_store
from tests.issuer.world import PIN, Chip, HeldCard, World, hsm
from tests.platform_stub.people import MERCHANT, TENGE, Person, Phone, open_town
from tests.switch.rails import Rails, at_till, rails
from town.cast import neighbour


def person_of(bank: int) -> Person:
    """Somebody who is a client there."""
    found = next(one for one in map(neighbour, range(10)) if one.bank == bank)
    return Person(found.name, bank, found.number, found.phone)


class Operator:
    """Whoever sits at the desk of the switch, and the clients who come there."""

    def __init__(self, chain: Rails) -> None:
        self.chain = chain
        hosts, config = chain.hosts, chain.config
        kinds = {bank: profile_of_bank(bank) for bank in CARD_BANKS}
        cards = CardDesk(hosts.board, hosts.issuers, config.profile, hsm(), kinds, SeededEntropy("desk"))
        self.desk = SwitchDesk(cards.questions(), ReturnDesk(hosts.board).questions())
        self.people = {bank: person_of(bank) for bank in CARD_BANKS}

    def ask(self, name: str, **given: object) -> Any:
        """The answer of the desk, when it has one."""
        chain = self.chain
        told: Any = chain.in_loop(lambda: self.desk.ask(name, given, chain.now_ms()))
        while callable(told):
            later = told
            while (told := chain.in_loop(later)) is None:
                pass
        return told

    def real(self, bank: int) -> HeldCard:
        """A card ordered, produced, activated, in its owner's hand."""
        issued = self.ask("card-issue", bank=bank, client=self.people[bank].identifier, kind="real")
        assert issued["state"] == "ordered", issued
        made = self.ask("card-produce", card=issued["reference"], holder="TEST/CLIENT", pin=PIN)
        assert made["state"] == "produced", made
        chip = Chip(PERSONALISATION.decode(bytes.fromhex(made["personalisation"])))
        held = self.held(bank, issued["reference"], chip)
        assert self.ask("card-activate", card=issued["reference"])["state"] == "active"
        return held

    def held(self, bank: int, reference: str, chip: Chip | None = None) -> HeldCard:
        """The card of this reference as its owner has it."""
        world = World(bank)
        world.now_ms = self.chain.now_ms()
        return HeldCard(world, self.chain.hosts.issuers[bank].holders.cards[bytes.fromhex(reference)], chip)

    def phone(self, bank: int) -> Phone:
        """The client's phone."""
        return self.chain.town.phones[self.people[bank].name]

    def tenge(self, bank: int) -> int:
        """The client's Digital Tenge, once what the bank owes has moved."""
        self.chain.town.platform.tick()
        return self.phone(bank).balances().dt_tiyn // TENGE

    def pay(self, acquirer: int, message: Message) -> Message:
        """At a terminal of this acquirer."""
        line = self.chain.terminal(acquirer, cash_machine=message.kind == CASH_KIND)
        answer = line.ask(at_till(message, MERCHANT.identifier), 20)
        line.close()
        assert answer is not None
        return answer

    def cash(self, acquirer: int, held: HeldCard, amount_tiyn: int) -> Message:
        """At a cash machine of this bank, with the PIN."""
        block = self.pin_block(acquirer, held)
        return self.pay(acquirer, held.chip(amount_tiyn, f3="010000", f52=block))

    def pin_block(self, acquirer: int, held: HeldCard, pin: str = PIN) -> bytes:
        """A PIN typed at a terminal of this bank, under the key of the two."""
        key = hsm().terminal_key(terminal_zone(acquirer, "T0000001"))
        return PinPad(key).block(pin, held.pan)

    def pay_online(self, held: HeldCard, amount_tiyn: int, yes: bool = True, **more: str) -> Message:
        """In a shop of Kazpost's client over the network, with the customer's word in the wallet."""
        phone = self.phone(held.world.bank_number)
        with ThreadPoolExecutor(1) as shop:
            asked = shop.submit(self.pay, KAZPOST, held.online(amount_tiyn, **more))
            while not asked.done():
                told = phone.ask("card-confirmations", CardConfirmationsQuestion())
                assert isinstance(told, CardConfirmationsTold)
                for one in told.confirmations:
                    phone.ask("card-confirm", CardConfirm(one.operation, one.amount_tiyn, yes))
            return asked.result()


def an_operator(folder: Path, profile: Profile) -> Iterator[Operator]:
    town = open_town(folder)
    for bank in CARD_BANKS:
        town.stock(bank, 100_000)
        town.rich_phone(person_of(bank), 10_000)
    town.phone(MERCHANT)
    with rails(town, folder, SwitchConfig(profile=profile)) as chain:
        yield Operator(chain)
    for bank in BANKS:
        check_store(next(folder.rglob(f"*{bank}*.db")))
    town.platform.close()
