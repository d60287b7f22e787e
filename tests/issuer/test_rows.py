"""Cards of the four banks through the whole chain: desk, chip, terminal's line, networks, issuers, banks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tender.account.capabilities import CARD_BANKS, Profile
from tender.account.card_client_messages import CardsQuestion, CardsTold
from tender.account.participants import ALTYN, CENTERCREDIT, EURASIAN, HALYK, KAZPOST
from tender.card.personalisation import PERSONALISATION
from tender.card.tags import Tag
from tender.card.tlv import unpack
from tender.errors import Code, Refusal
from tests.issuer.operator_desk import Operator, an_operator
from tests.issuer.world import PIN, Chip

PURCHASE_TIYN = 3_779_00


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
        assert full.pay(KAZPOST, held.stripe(1_000_00).without(52)).code == "57"
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


def test_a_return_whose_reference_two_purchases_have_is_named_by_what_tells_them_apart(
    full: Operator,
) -> None:
    """Two tills of one bank count by themselves, so their references meet now and then (DT-C-35)."""
    halyks, altyns = full.real(HALYK), full.real(ALTYN)
    paid = {HALYK: 3_000_00, ALTYN: 2_000_00}
    references = set()
    for bank, held in ((HALYK, halyks), (ALTYN, altyns)):
        asked = held.chip(paid[bank])
        told = full.pay(KAZPOST, asked.having({11: "000001", 7: f"{asked.transmitted[:6]}00{bank % 60:02}"}))
        assert told.code == "00"
        references.add(told.rrn)
    [same] = references
    given = {"bank": KAZPOST, "reference": same, "amount_tiyn": 1_000_00}

    def refused(**more: object) -> Refusal:
        told = full.ask("card-return", **given, **more)
        assert isinstance(told, Refusal), told
        return told

    for shared in (refused(), refused(terminal="T0000001")):
        assert shared.code is Code.REFERENCE_SHARED
        named = str(dict(shared.facts)["purchases"])
        assert sorted(named.split("; ")) == sorted(f"T0000001 {held.pan}" for held in (halyks, altyns))
    for nobody in ({"terminal": "T0000002"}, {"card": "0000"}, {"paid_tiyn": 2_999_99}):
        assert refused(**nobody).code is Code.ORDER_UNKNOWN
    assert full.tenge(HALYK) == 7_000 and full.tenge(ALTYN) == 8_000, "nothing went back"
    ends = halyks.pan.digits[-4:]
    assert full.ask("card-return", **given, card=ends)["card"] == str(halyks.pan)
    assert full.tenge(HALYK) == 8_000 and full.tenge(ALTYN) == 8_000
    by_amount = full.ask("card-return", **given, paid_tiyn=paid[ALTYN], terminal="T0000001")
    assert by_amount["card"] == str(altyns.pan) and full.tenge(ALTYN) == 9_000
    assert full.chain.close_day()["agrees"]


@pytest.mark.row("DT-C-39")
def test_another_banks_cash_machine_serves_altyns_cards_alone_in_the_pilot(pilot: Operator) -> None:
    halyks = pilot.real(HALYK)
    assert pilot.cash(CENTERCREDIT, halyks, 5_000_00).code == "57"
    assert pilot.tenge(HALYK) == 10_000
    assert pilot.cash(HALYK, halyks, 5_000_00).code == "00", "its own bank's machine does"
    altyns = pilot.chain.card(pilot.people[ALTYN])  # a card from before: the pilot's Altyn makes no more
    seen = pilot.chain.passed("visa")
    assert pilot.cash(CENTERCREDIT, altyns, 5_000_00).code == "00"
    assert (pilot.tenge(ALTYN), pilot.chain.passed("visa")) == (5_000, seen + 1)


@pytest.mark.row("DT-C-38")
def test_cash_of_the_own_bank_stays_inside_it(full: Operator) -> None:
    for bank in CARD_BANKS:
        held = full.real(bank)
        assert full.cash(bank, held, 5_000_00).code == "00"
        assert full.tenge(bank) == 5_000
    for scheme in ("visa", "mastercard"):
        assert full.chain.passed(scheme) == 0


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
        ({"bank": KAZPOST}, Code.CARDS_NOT_ISSUED),
        ({"kind": "golden"}, Code.FIELD_WRONG),
    ):
        refused = full.ask("card-issue", **(right | wrong))
        assert isinstance(refused, Refusal) and refused.code is code
    assert full.ask("card-list")["cards"] == []


def test_a_chip_made_again_takes_the_place_of_the_earlier_one(full: Operator) -> None:
    """A chip is made once; another one only when somebody says so, and then the first is nobody's card."""
    first = full.real(HALYK)
    named = {"card": first.record.link.hex(), "holder": "TEST/CLIENT", "pin": PIN}
    refused = full.ask("card-produce", **named)
    assert isinstance(refused, Refusal) and refused.code is Code.CARD_MADE
    assert full.pay(KAZPOST, first.chip(PURCHASE_TIYN)).code == "00", "nothing happened to it"
    made = full.ask("card-produce", **named, again=True)
    assert made["state"] == "produced"
    chip = Chip(PERSONALISATION.decode(bytes.fromhex(made["personalisation"])))
    second = full.held(HALYK, made["reference"], chip)
    second.stan = first.stan + 100
    assert full.ask("card-activate", card=made["reference"])["state"] == "active"
    assert full.pay(KAZPOST, first.chip(PURCHASE_TIYN)).code == "54"
    shown = full.phone(HALYK).ask("cards", CardsQuestion())
    assert isinstance(shown, CardsTold)
    assert [one.expiry for one in shown.cards] == [second.record.expiry] != [first.record.expiry]
    assert full.pay(KAZPOST, second.chip(PURCHASE_TIYN)).code == "00"
    assert full.tenge(HALYK) == 2_442
