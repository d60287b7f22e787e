"""Cards of the four banks through the whole chain: desk, chip, terminal's line, networks, issuers, banks."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from card_switch.config import SwitchConfig
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
from tender.account.participants import ALTYN, BANKS, CENTERCREDIT, EURASIAN, HALYK, KAZPOST
from tender.card.iso8583.message import Message
from tender.card.personalisation import PERSONALISATION
from tender.card.tags import Tag
from tender.card.tlv import unpack
from tender.errors import Code, Refusal
from tests.bank_cards.books import check_store
from tests.issuer.world import PIN, Chip, HeldCard, World, hsm
from tests.platform_stub.people import MERCHANT, TENGE, Person, Phone, open_town
from tests.switch.rails import Rails, at_till, rails
from town.cast import neighbour

PURCHASE_TIYN = 3_779_00


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
        line = self.chain.terminal(acquirer)
        answer = line.ask(at_till(message, MERCHANT.identifier), 20)
        line.close()
        assert answer is not None
        return answer

    def cash(self, acquirer: int, held: HeldCard, amount_tiyn: int) -> Message:
        """At a cash machine of this bank, with the PIN."""
        key = hsm().terminal_key(terminal_zone(acquirer, "T0000001"))
        block = PinPad(key).block(PIN, held.pan)
        return self.pay(acquirer, held.chip(amount_tiyn, f3="010000", f52=block))

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


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Operator]:
    """Banks as designed."""
    yield from an_operator(tmp_path, Profile.FULL)


@pytest.fixture
def pilot(tmp_path: Path) -> Iterator[Operator]:
    """Banks as in the pilot."""
    yield from an_operator(tmp_path, Profile.PILOT)


@pytest.mark.row("DT-C-28")
def test_a_card_of_each_bank_pays_at_an_ordinary_till(full: Operator) -> None:
    for bank in CARD_BANKS:
        held = full.real(bank)
        assert full.tenge(bank) == 10_000
        assert full.pay(KAZPOST, held.chip(PURCHASE_TIYN)).code == "00"
        assert full.tenge(bank) == 6_221


@pytest.mark.row("DT-C-29")
def test_a_virtual_card_is_good_online_at_once_and_has_no_plastic(full: Operator) -> None:
    for bank in CARD_BANKS:
        client = full.people[bank].identifier
        issued = full.ask("card-issue", bank=bank, client=client, kind="virtual")
        assert (issued["state"], issued["kind"]) == ("active", "virtual")
        held = full.held(bank, issued["reference"])
        assert (held.pan.digits, held.check_value("000")) == (
            issued["printed"]["number"],
            issued["printed"]["code"],
        )
        assert full.pay_online(held, 1_000_00, printed=issued["printed"]["code"]).code == "00"
        assert full.tenge(bank) == 9_000
        assert full.pay(KAZPOST, held.stripe(1_000_00)).code == "57"
        assert full.pay(KAZPOST, held.chip(1_000_00)).code == "57"
        refused = full.ask("card-produce", card=issued["reference"], holder="TEST/CLIENT", pin=PIN)
        assert isinstance(refused, Refusal) and refused.code is Code.NOT_SUPPORTED
        assert full.tenge(bank) == 9_000


@pytest.mark.row("DT-C-30")
def test_altyn_has_no_real_cards_in_the_pilot_the_others_order_produce_and_activate(pilot: Operator) -> None:
    client = pilot.people[ALTYN].identifier
    refused = pilot.ask("card-issue", bank=ALTYN, client=client, kind="real")
    assert isinstance(refused, Refusal) and refused.code is Code.NOT_SUPPORTED
    for bank in (EURASIAN, HALYK, CENTERCREDIT):
        held = pilot.real(bank)
        assert pilot.pay(KAZPOST, held.chip(1_00)).code == "00"


@pytest.mark.row("DT-C-33")
@pytest.mark.row("DT-C-11")
def test_online_is_a_channel_of_two_banks_in_the_pilot(pilot: Operator) -> None:
    for bank, code in ((HALYK, "57"), (ALTYN, "00"), (EURASIAN, "00")):
        issued = pilot.ask("card-issue", bank=bank, client=pilot.people[bank].identifier, kind="virtual")
        held = pilot.held(bank, issued["reference"])
        assert pilot.pay_online(held, 1_000_00).code == code
        assert pilot.tenge(bank) == (10_000 if code == "57" else 9_000)
        if code == "00":
            wrong = f"{(int(held.check_value('000')) + 1) % 1000:03}"
            assert pilot.pay_online(held, 1_000_00, printed=wrong).code == "N7"
            assert pilot.pay_online(held, 1_000_00, yes=False).code == "17"
            assert pilot.tenge(bank) == 9_000


@pytest.mark.row("DT-C-35")
def test_an_operator_gives_back_a_part_and_never_more_than_was_paid(full: Operator) -> None:
    held = full.real(HALYK)
    bought = full.pay(KAZPOST, held.chip(PURCHASE_TIYN))
    assert bought.code == "00" and full.tenge(HALYK) == 6_221
    assert full.chain.close_day()["agrees"], "the purchase is settled"
    given = {"bank": KAZPOST, "reference": bought.rrn}
    told = full.ask("card-return", amount_tiyn=1_000_00, **given)
    assert told["amount_tiyn"] == 1_000_00
    assert full.tenge(HALYK) == 7_221
    refused = full.ask("card-return", amount_tiyn=2_779_01, **given)
    assert isinstance(refused, Refusal) and refused.code is Code.REFUND_TOO_MUCH
    assert full.tenge(HALYK) == 7_221
    assert full.ask("card-return", amount_tiyn=2_779_00, **given)["amount_tiyn"] == 2_779_00
    unknown = full.ask("card-return", amount_tiyn=1, bank=KAZPOST, reference="000000000000")
    assert isinstance(unknown, Refusal) and unknown.code is Code.ORDER_UNKNOWN
    assert full.tenge(HALYK) == 10_000
    report = full.chain.close_day()
    assert report["agrees"], report


@pytest.mark.row("DT-C-39")
def test_another_banks_cash_machine_serves_altyns_cards_alone_in_the_pilot(pilot: Operator) -> None:
    halyks = pilot.real(HALYK)
    assert pilot.cash(CENTERCREDIT, halyks, 5_000_00).code == "57"
    assert pilot.tenge(HALYK) == 10_000
    assert pilot.cash(HALYK, halyks, 5_000_00).code == "00", "its own bank's machine does"
    altyns = pilot.chain.card(pilot.people[ALTYN])  # a card from before: the pilot's Altyn makes no more
    networks = pilot.chain.hosts.board.nodes["visa"].conversations  # type: ignore[attr-defined]
    seen = len(networks)
    assert pilot.cash(CENTERCREDIT, altyns, 5_000_00).code == "00"
    assert (pilot.tenge(ALTYN), len(networks)) == (5_000, seen + 1)


@pytest.mark.row("DT-C-38")
def test_cash_of_the_own_bank_stays_inside_it(full: Operator) -> None:
    for bank in CARD_BANKS:
        held = full.real(bank)
        assert full.cash(bank, held, 5_000_00).code == "00"
        assert full.tenge(bank) == 5_000
    for scheme in ("visa", "mastercard"):
        assert not full.chain.hosts.board.nodes[scheme].conversations  # type: ignore[attr-defined]


def test_a_blocked_card_is_no_card_and_the_account_lives_on(full: Operator) -> None:
    held = full.real(HALYK)
    reference = held.record.link.hex()
    assert full.ask("card-block", card=reference, why="lost")["state"] == "blocked"
    assert full.pay(KAZPOST, held.chip(1_00)).code == "41"
    again = full.ask("card-block", card=reference)
    assert isinstance(again, Refusal) and again.code is Code.OUT_OF_ORDER
    assert full.ask("card-unblock", card=held.pan.digits[-4:])["state"] == "active"
    assert full.pay(KAZPOST, held.chip(1_00)).code == "00"
    assert full.ask("card-close", card=held.pan.digits)["state"] == "closed"
    assert full.pay(KAZPOST, held.chip(1_00)).code == "46"
    assert full.tenge(HALYK) == 9_999
    (row,) = full.ask("card-list", bank=HALYK)["cards"]
    assert row["spent_today_tiyn"] == 1_00 and held.pan.digits not in str(row)


def test_a_stolen_card_hears_that_it_is_blocked_and_never_works_again(full: Operator) -> None:
    held = full.real(HALYK)
    reference = held.record.link.hex()
    assert full.ask("card-block", card=reference, why="stolen")["scripts"] == ["block"]
    declined = full.pay(KAZPOST, held.chip(1_00))
    assert declined.code == "43"
    proof = declined.chip_data[Tag.ISSUER_AUTHENTICATION]
    told = held.told(1_00) | {Tag.RESPONSE_CODE: b"43", Tag.ISSUER_AUTHENTICATION: proof}
    assert held.chip_in_it.send("00820000", proof)[1] == 0x9000
    assert held.chip_in_it.generate(0x00, Tag.CDOL2, told)[Tag.CRYPTOGRAM_INFORMATION] == b"\x00"
    (_, command) = unpack(declined.chip_data[Tag.SCRIPT_AFTER])
    assert command.value.startswith(bytes.fromhex("841E0000"))
    assert held.chip_in_it.send_raw(command.value) == 0x9000
    with pytest.raises(AssertionError):
        held.chip(1_00)
    assert full.ask("card-unblock", card=reference)["scripts"] == []


def test_cards_that_are_not_issued(full: Operator) -> None:
    right = {"bank": HALYK, "client": full.people[HALYK].identifier, "kind": "virtual"}
    for wrong, code in (
        ({"client": "000000000000"}, Code.CLIENT_UNKNOWN),
        ({"bank": KAZPOST}, Code.FIELD_WRONG),
        ({"kind": "golden"}, Code.FIELD_WRONG),
    ):
        refused = full.ask("card-issue", **(right | wrong))
        assert isinstance(refused, Refusal) and refused.code is code
    assert full.ask("card-list")["cards"] == []
