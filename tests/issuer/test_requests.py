"""What a card host answers, for each thing it looks at; nothing it could not check is approved."""

from dataclasses import replace
from typing import Any

import pytest

from card_switch.core.issuer.card_life import pin_tries_given_back
from card_switch.core.issuer.cards import Limits
from card_switch.core.node import OWN_ACQUIRER, VISA
from tender.account.card_messages import BLOCKED, CLOSED, ECOMMERCE, PRODUCED, VIRTUAL, Authorise, Credit
from tender.account.participants import ALTYN, EURASIAN, HALYK
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.pan import Track2
from tender.card.tags import Tag
from tender.card.values import Tvr
from tests.issuer.world import PURCHASE_TIYN, World, named


@pytest.fixture
def world() -> World:
    return World()


def test_a_purchase_by_chip_is_asked_of_the_bank_and_approved(world: World) -> None:
    card = world.card()
    asked = card.chip()
    answer = world.ask(asked)
    assert (answer.mti, answer.code) == ("0110", "00")
    assert len(answer.approval_code) == 6
    assert world.free(card) == 6_221_00
    (order,) = world.bank.orders
    assert isinstance(order, Authorise)
    assert order.operation == VISA_STYLE.life_cycle_id(asked)
    assert (order.kind, order.confirm_s, order.place.name) == ("purchase", 0, "Shop of Dana")


def test_the_chip_believes_the_answer(world: World) -> None:
    card = world.card()
    answer = world.ask(card.chip())
    proof = answer.chip_data[Tag.ISSUER_AUTHENTICATION]
    told = card.told(PURCHASE_TIYN) | {Tag.RESPONSE_CODE: b"00", Tag.ISSUER_AUTHENTICATION: proof}
    assert card.chip_in_it.send("00820000", proof)[1] == 0x9000
    assert card.chip_in_it.generate(0x40, Tag.CDOL2, told)[Tag.CRYPTOGRAM_INFORMATION] == b"\x40"


def test_the_same_question_has_the_same_answer_byte_for_byte(world: World) -> None:
    card = world.card()
    asked = card.chip()
    first = world.ask(asked)
    repeated = world.ask(replace(asked, mti="0101"))
    assert VISA_STYLE.encode(first) == VISA_STYLE.encode(repeated)
    assert world.free(card) == 6_221_00
    assert world.ask(asked.having({4: "000000000100"})).code == "94"
    assert world.free(card) == 6_221_00


def test_a_question_repeated_before_the_bank_answers_has_one_answer(world: World) -> None:
    card = world.card()
    world.bank.silent = True
    asked = card.chip()
    world.hear(asked)
    world.hear(asked)
    assert not world.sent
    world.bank.silent = False
    world.bank_answers()
    assert [message.code for _, message in world.sent] == ["00"]


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("t9F26", bytes(8)),
        ("t9F36", b"\x00\x63"),
        ("t95", b"\x80\x00\x00\x00\x00"),
        ("t9F02", bytes.fromhex("000000000100")),
        ("t9F10", bytes.fromhex("06010A03A00000")),
        ("t9F10", b"\x06\x01"),
        ("t9F37", b"\x01\x02\x03"),
    ],
)
def test_chip_data_that_was_touched_is_never_approved(world: World, tag: str, value: bytes) -> None:
    card = world.card()
    asked = card.chip(**{tag: value})
    assert world.ask(asked).code == "88"
    assert world.free(card) == 10_000_00 and not world.bank.orders


def test_a_chip_without_its_cryptogram_is_declined(world: World) -> None:
    card = world.card()
    assert world.ask(card.chip().without(55)).code == "88"


def test_another_amount_type_or_currency_than_the_chip_signed_is_declined(world: World) -> None:
    card = world.card()
    assert world.ask(card.chip().having({4: "000000000100"})).code == "88"
    assert world.ask(card.chip().having({3: "010000", 52: card.pin_block()})).code == "88"
    card.terminal_says = {Tag.CURRENCY: b"\x08\x40"}
    assert world.ask(card.chip()).code == "88", "the chip signed dollars"
    assert not world.bank.orders


def test_a_cryptogram_serves_once(world: World) -> None:
    card = world.card()
    first = card.chip()
    assert world.ask(first).code == "00"
    replayed = card.chip().having({55: first.fields[55]})
    assert world.ask(replayed).code == "88"
    assert world.free(card) == 6_221_00


def test_a_counter_may_come_late_but_not_twice(world: World) -> None:
    card = world.card(free_tiyn=100_000_00)
    early, later = card.chip(), card.chip()
    assert world.ask(later).code == "00"
    assert world.ask(early).code == "00"
    assert world.ask(card.chip().having({55: early.fields[55]})).code == "88"


def test_a_check_value_of_the_stripe_is_none_of_the_chips(world: World) -> None:
    card = world.card()
    track = card.stripe().fields[35]
    assert world.ask(card.chip(f35=track)).code == "82"
    assert world.ask(card.stripe(value=card.check_value("999"))).code == "82"
    assert world.ask(card.stripe()).code == "00"


def test_a_track_of_another_card_proves_nothing(world: World) -> None:
    card, other = world.card(), world.card(2)
    discretionary = f"1{card.record.pvv}{card.check_value('999')}"
    for pan, expiry in ((other.pan, card.record.expiry), (card.pan, "3011")):
        track = Track2(pan, expiry, card.record.service_code, discretionary)
        assert world.ask(card.chip(f35=track.to_text())).code == "82"
    assert not world.bank.orders


def test_pin_tries_are_counted_and_given_back(world: World) -> None:
    card = world.card(free_tiyn=100_000_00)
    wrong, right = card.pin_block("9999"), card.pin_block()
    codes = [
        world.ask(card.chip(f52=block)).code for block in (wrong, wrong, right, wrong, wrong, wrong, right)
    ]
    assert codes == ["55", "55", "00", "55", "55", "75", "75"]
    world.restart()
    assert world.ask(card.chip(f52=right)).code == "75", "what was tried is remembered"


def test_a_pin_under_a_strange_key_costs_no_try(world: World) -> None:
    card = world.card()
    assert world.ask(card.chip(f52=card.pin_block(link="mastercard"))).code == "81"
    assert world.ask(card.chip(f52=card.pin_block())).code == "00"


def test_cash_wants_a_pin(world: World) -> None:
    card = world.card()
    assert world.ask(card.chip(5_000_00, f3="010000")).code == "55"
    assert world.ask(card.chip(5_000_00, f3="010000", f52=card.pin_block(), mti="0200")).code == "00"
    assert world.free(card) == 5_000_00


def test_nothing_is_paid_out_for_nothing(world: World) -> None:
    card = world.card()
    assert world.ask(card.chip(0, f3="010000", f52=card.pin_block())).code == "13"
    assert world.ask(card.chip(0, f3="200000")).code == "13"
    assert not world.bank.orders


def test_a_balance_comes_back_in_additional_amounts(world: World) -> None:
    card = world.card()
    answer = world.ask(card.chip(0, f3="310000", f52=card.pin_block()))
    assert answer.code == "00"
    assert [amount.amount_tiyn for amount in answer.additional_amounts] == [10_001_00, 10_000_00]
    assert world.free(card) == 10_000_00


def test_nothing_goes_back_to_a_card_that_was_not_paid_with_it_there(world: World) -> None:
    card = world.card()
    bought = card.chip()
    assert world.ask(bought).code == "00"
    typed = card.message(1_000_00, f3="200000", f22="011")
    elsewhere = card.refund(bought, 1_000_00).having({42: "150940007891   "})
    for refund in (typed, card.chip(1_000_00, f3="200000"), elsewhere):
        assert world.ask(refund).code == "25"
    assert world.free(card) == 6_221_00
    assert world.ask(card.refund(bought, 1_000_00)).code == "00"
    assert world.free(card) == 7_221_00


def test_a_refund_that_names_its_purchase_is_a_return_of_it(world: World) -> None:
    card, other = world.card(), world.card(2)
    bought = card.chip()
    typed: dict[str, str | bytes] = {"f3": "200000", "f22": "011", "f90": named(bought)}
    assert world.ask(card.refund(bought, 1_000_00)).code == "25", "nothing was bought yet"
    assert world.ask(bought).code == "00"
    assert world.ask(card.message(1_000_00, **typed)).code == "00"
    (order,) = [one for one in world.bank.orders if isinstance(one, Credit)]
    assert (order.kind, order.original) == ("return", VISA_STYLE.life_cycle_id(bought))
    assert world.free(card) == 7_221_00
    assert world.ask(other.message(1_000_00, **typed)).code == "25"


def test_a_verification_of_nothing_says_that_there_is_no_reason_to_decline(world: World) -> None:
    card = world.card()
    assert world.ask(card.online(0, f25="51")).code == "85"
    assert world.free(card) == 10_000_00


def test_online_wants_the_printed_code_and_the_customers_yes(world: World) -> None:
    card = world.card()
    wrong = "000" if card.check_value("000") != "000" else "001"
    declined = world.ask(card.online(printed=wrong))
    assert (declined.code, VISA_STYLE.cvv2_result(declined)) == ("N7", "N")
    missing = world.ask(card.online().without(126))
    assert (missing.code, VISA_STYLE.cvv2_result(missing)) == ("N7", ""), "nothing was there to be judged"
    assert not world.bank.orders
    answer = world.ask(card.online())
    assert (answer.code, VISA_STYLE.cvv2_result(answer)) == ("00", "M")
    (order,) = world.bank.orders
    assert isinstance(order, Authorise) and order.kind == ECOMMERCE and order.confirm_s == 120


def test_a_printed_code_is_not_guessed(world: World) -> None:
    card = world.card()
    wrong = "000" if card.check_value("000") != "000" else "001"
    right = card.online()
    guesses = [
        card.online(printed=wrong),
        right.without(14),
        card.online(f14="3011"),
        card.online().without(126),
    ]
    assert [world.ask(one).code for one in guesses] == ["N7", "54", "54", "N7"]
    assert world.ask(card.online()).code == "00", "a right one gives the tries back"
    assert [world.ask(card.online(printed=wrong)).code for _ in range(6)] == ["N7"] * 5 + ["62"]
    world.restart()
    for asked in (card.online(), card.online(0, f25="51")):
        assert world.ask(asked).code == "62"
    assert world.ask(card.chip(1_00)).code == "00", "the chip proves itself"
    assert world.ask(card.stripe(1_00)).code == "00", "a stripe has tries of its own"
    world.do(pin_tries_given_back(world.host, card.record))
    assert world.ask(card.online(1_00)).code == "00"


@pytest.mark.parametrize("entry", ["010", "012", "000", "811"])
def test_every_typed_number_waits_for_the_customers_yes(world: World, entry: str) -> None:
    card = world.card()
    assert world.ask(card.online(f22=entry, f25="00")).code == "00"
    (order,) = world.bank.orders
    assert isinstance(order, Authorise) and (order.kind, order.confirm_s) == (ECOMMERCE, 120)


def test_pin_tries_are_the_holders_alone(world: World) -> None:
    card = world.card()
    bought, wrong = card.chip(1_00), card.pin_block("9999")
    assert world.ask(bought).code == "00"
    for _ in range(4):
        typed: dict[str, str | bytes] = {"f22": "011", "f52": wrong}
        assert world.ask(card.message(1, f3="200000", f90=named(bought), **typed)).code == "00"
        assert world.ask(card.message(0, f3="310000", **typed)).code == "57"
        assert world.ask(card.online(1_00, f52=card.pin_block("9999"))).code == "00"
    assert world.ask(card.chip(f52=card.pin_block())).code == "00"


@pytest.mark.parametrize("bank", [HALYK, ALTYN, EURASIAN])
def test_what_the_terminal_says_of_the_pin_is_what_the_card_says(bank: int) -> None:
    world = World(bank)
    card, link = world.card(), VISA if str(world.card().pan)[0] == "4" else "mastercard"
    for said in ("410302", "440302", "020300"):
        assert world.ask(card.chip(1_00, t9F34=bytes.fromhex(said)), link).code == "55", said
    typed = card.pin_block(link=link)
    assert world.ask(card.chip(1_00, f52=typed, t9F34=bytes.fromhex("020300")), link).code == "00"
    assert world.ask(card.chip(1_00, t9F34=bytes.fromhex("1F0002")), link).code == "00"


def test_the_stripe_of_a_chip_card_serves_only_where_its_chip_failed(world: World) -> None:
    card = world.card()
    for entry in ("901", "911", "021"):
        assert world.ask(card.stripe(f22=entry)).code == "57"
    assert world.free(card) == 10_000_00
    assert world.ask(card.stripe(f22="801")).code == "00"


@pytest.mark.parametrize(("said", "code"), [("payer-declined", "17"), ("confirmation-missing", "1A")])
def test_a_customer_who_says_no_or_nothing_is_not_charged(world: World, said: str, code: str) -> None:
    card = world.card()
    world.bank.says = said
    assert world.ask(card.online()).code == code
    assert world.free(card) == 10_000_00


def test_the_bank_has_as_long_as_the_customer_needs(world: World) -> None:
    card = world.card()
    world.bank.silent = True
    world.hear(card.online())
    world.later(124)
    assert not world.sent
    world.later(2)
    assert world.sent[-1][1].code == "91"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": BLOCKED}, "62"),
        ({"state": BLOCKED, "why": "lost"}, "41"),
        ({"state": BLOCKED, "why": "stolen"}, "43"),
        ({"state": CLOSED}, "46"),
        ({"state": PRODUCED}, "78"),
        ({"limits": Limits(operation_tiyn=3_778_99)}, "61"),
        ({"limits": Limits(day_tiyn=3_778_99)}, "61"),
        ({"limits": Limits(day_count=0)}, "65"),
        ({"kind": VIRTUAL}, "57"),
    ],
)
def test_cards_that_may_not(world: World, changes: dict[str, Any], code: str) -> None:
    card = world.card(**changes)
    assert world.ask(card.chip()).code == code
    assert world.free(card) == 10_000_00 and not world.bank.orders


def test_a_card_is_good_through_the_last_day_of_its_month(world: World) -> None:
    card = world.card()
    last_of_december_2030 = 1_924_973_999_000  # 23:59:59 in Almaty
    world.now_ms = last_of_december_2030
    assert world.ask(card.chip()).code == "00"
    world.now_ms += 1000
    assert world.ask(card.chip()).code == "54"
    world.now_ms -= 1000
    assert world.ask(card.chip(f14="3011")).code == "54"


def test_nobody_has_this_card(world: World) -> None:
    card = world.card()
    stranger = World().card(77)
    assert world.ask(stranger.chip()).code == "14"
    assert world.free(card) == 10_000_00


def test_limits_count_a_day_and_forget_what_was_refused_or_undone(world: World) -> None:
    card = world.card(free_tiyn=5_000_00, limits=Limits(day_tiyn=6_000_00, day_count=3))
    assert world.ask(card.chip(5_500_00)).code == "51", "the bank's no costs nothing of the limit"
    spent = card.chip(4_000_00)
    assert world.ask(spent).code == "00"
    assert world.ask(card.chip(2_000_01)).code == "61"
    assert world.ask(card.reversal(spent)).code == "00"
    assert world.ask(card.chip(5_000_00)).code == "00"
    assert world.ask(card.chip(1_001_00)).code == "61"
    world.now_ms += 86_400_000
    world.bank.free_tiyn[card.record.link] = 6_000_00
    assert world.ask(card.chip(6_000_00)).code == "00"


def test_cash_has_a_limit_of_its_own(world: World) -> None:
    card = world.card(limits=Limits(cash_day_tiyn=5_000_00))
    cash: dict[str, str | bytes] = {"f3": "010000", "f52": card.pin_block()}
    assert world.ask(card.chip(5_000_01, **cash)).code == "61"
    assert world.ask(card.chip(5_000_00, **cash)).code == "00"
    assert world.ask(card.chip(1, **cash)).code == "61"
    assert world.ask(card.chip(5_000_00)).code == "00"


def test_a_terminal_that_could_not_verify_the_holder_is_declined(world: World) -> None:
    card = world.card()
    card.tvr = Tvr.CARDHOLDER_NOT_VERIFIED.packed()
    assert world.ask(card.chip()).code == "55"
    assert world.ask(card.chip(f52=card.pin_block())).code == "00"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({3: "990000"}, "12"),
        ({4: "00000377900x"}, "30"),
        ({49: "840"}, "30"),
        ({22: "??"}, "30"),
        ({55: b"\x9f\x26\x08\x01"}, "30"),
        ({35: "no track"}, "30"),
    ],
)
def test_what_cannot_be_read_is_answered_too(world: World, change: dict[int, str | bytes], code: str) -> None:
    card = world.card()
    assert world.ask(card.chip().having(change)).code == code
    assert world.free(card) == 10_000_00


def test_other_messages_are_answered_and_answers_are_not(world: World) -> None:
    card = world.card()
    asked = card.chip()
    assert world.ask(replace(asked, mti="0600")).code == "12"
    world.hear(asked.answer("00"))
    assert world.told[-1].what == "unasked"


def test_on_us_is_told_from_off_us(world: World) -> None:
    card = world.card()
    assert world.ask(card.chip(f52=card.pin_block(link=OWN_ACQUIRER)), OWN_ACQUIRER).code == "00"
    assert world.ask(card.chip(f52=card.pin_block()), VISA).code == "00"
