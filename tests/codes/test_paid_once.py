"""One code, one payment: whichever door, whatever is lost on the way, and whoever fetches the answer."""

from dataclasses import replace

import pytest

from device.compose import open_wallet
from hardware.entropy import SeededEntropy
from tender.account.client_messages import TO_DT
from tender.account.participants import KAZPOST, name_of
from tender.errors import Code, LinkError, Refusal
from tender.qr.payment_code import PaymentCode, decode, encode
from tests.wallet.village import PIN, Village, good
from town.cast import AIGUL, CANTEEN, MERCHANT
from wallet.cli.checkout import ShopsFile
from wallet.http.sheet import sheet_page, words_of
from wallet.service.checkout import PAID, REFUSED, UNSURE, WAITING, Checkout, Question

SHOP = "http://127.0.0.1:8140"
START_TIYN = 10_000_00
PRICE_TIYN = 1_000_00
CODE = PaymentCode(
    "CANTEEN K",
    "ALMATY",
    CANTEEN.number,
    mcc=5812,
    amount_tiyn=PRICE_TIYN,
    dynamic=True,
    reference_label="K-1",
)


class Door:
    """The wallet's door for shops, and what is on Aigul's account in her bank's books."""

    def __init__(self, village: Village) -> None:
        self.village = village
        aigul = village.wallet(AIGUL)
        good(aigul.bank.convert(TO_DT, START_TIYN))
        aigul.close()
        village.wallet(CANTEEN).close()
        config, chance = village.config(AIGUL.name), SeededEntropy("sheet")
        self.checkout = Checkout(
            lambda pin: open_wallet(config, pin, village.clock, chance, lambda _: village.line),
            ShopsFile(config, SeededEntropy("sign")),
            village.clock,
            SeededEntropy("questions"),
        )
        self.checkout.shops.allow(SHOP)

    def asked(self, code: PaymentCode = CODE) -> str:
        return good(self.checkout.ask(SHOP, encode(code))).id

    def confirmed(self, name: str) -> Question:
        return good(self.checkout.confirm(name, PIN))

    def synced(self) -> None:
        aigul = self.village.reopen(None, AIGUL.name)
        good(aigul.settling.sync())
        aigul.close()

    def paid_tiyn(self) -> int:
        bank = self.village.platform.banks[AIGUL.bank]
        return START_TIYN - bank.balances(self.village.client(AIGUL).number).dt_tiyn


@pytest.fixture
def door(village: Village) -> Door:
    return Door(village)


def test_a_page_in_two_tabs_is_paid_in_one(door: Door) -> None:
    first, second = door.asked(), door.asked()
    assert door.confirmed(first).state == PAID
    other = door.confirmed(second)
    assert other.refusal is not None
    assert (other.state, other.refusal.code) == (REFUSED, Code.CODE_PAID)
    assert "Nothing was paid" not in words_of(other, "en"), "it was, in the other tab"
    assert door.paid_tiyn() == PRICE_TIYN


@pytest.mark.parametrize("code", [CODE, replace(CODE, dynamic=False)], ids=["dynamic", "printed"])
def test_an_answer_that_a_sync_fetched_is_the_questions(door: Door, code: PaymentCode) -> None:
    name = door.asked(code)
    door.village.line.lose_answers = 1
    assert door.confirmed(name).state == UNSURE
    door.synced()
    assert door.confirmed(name).state == PAID
    assert door.paid_tiyn() == PRICE_TIYN


def test_a_shop_that_asks_anew_for_what_is_unsure_is_paid_once(door: Door) -> None:
    first = door.asked()
    door.village.line.lose_answers = 1
    assert door.confirmed(first).state == UNSURE
    assert door.confirmed(door.asked()).state == PAID
    assert door.confirmed(first).state == PAID
    assert door.paid_tiyn() == PRICE_TIYN


def test_what_never_left_leaves_the_question_open(door: Door) -> None:
    name = door.asked()
    door.village.line.gone = True
    assert door.confirmed(name).state == WAITING
    door.village.line.gone = False
    door.village.line.lose_answers = 1
    assert door.confirmed(name).state == UNSURE
    door.village.line.gone = True
    assert door.confirmed(name).state == UNSURE, "the earlier order may have arrived all the same"
    door.village.line.gone = False
    assert door.confirmed(name).state == PAID
    assert door.paid_tiyn() == PRICE_TIYN


def test_a_merchant_of_another_bank_is_paid_from_the_sheet_as_by_command(door: Door) -> None:
    door.village.client(MERCHANT)
    code = replace(CODE, merchant=MERCHANT.number, bank=KAZPOST)
    name = door.asked(code)
    question = door.checkout.question(name)
    assert question is not None
    assert f"{MERCHANT.number} ({name_of(KAZPOST)})" in sheet_page("kk", question, "SIGN")
    assert door.confirmed(name).state == PAID
    assert door.paid_tiyn() == PRICE_TIYN


def test_another_purpose_does_not_make_it_another_purchase(door: Door) -> None:
    codes = door.village.reopen(None, AIGUL.name).codes
    code = decode(encode(CODE))
    door.village.line.lose_answers = 1
    with pytest.raises(LinkError):
        codes.pay(good(codes.offer(code)))
    good(codes.pay(good(codes.offer(code, purpose="lunch"))))
    assert door.paid_tiyn() == PRICE_TIYN


def test_an_offer_held_while_a_sync_paid_it_is_not_paid_again(door: Door) -> None:
    aigul = door.village.reopen(None, AIGUL.name)
    offer = good(aigul.codes.offer(decode(encode(CODE))))
    door.village.line.lose_answers = 1
    with pytest.raises(LinkError):
        aigul.codes.pay(offer)
    good(aigul.settling.sync())
    for again in (False, True):
        told = aigul.codes.pay(offer, again=again)
        assert isinstance(told, Refusal)
        assert told.code is Code.CODE_PAID, "also with 'again': that was said of what the offer knew"
    assert door.paid_tiyn() == PRICE_TIYN
    good(aigul.codes.pay(good(aigul.codes.offer(decode(encode(CODE)))), again=True))
    assert door.paid_tiyn() == 2 * PRICE_TIYN


def test_another_amount_under_a_reference_that_was_just_paid_is_asked_about(door: Door) -> None:
    codes = door.village.reopen(None, AIGUL.name).codes
    dearer = good(codes.offer(decode(encode(replace(CODE, amount_tiyn=PRICE_TIYN + 1)))))
    door.village.line.lose_answers = 1
    with pytest.raises(LinkError):
        codes.pay(good(codes.offer(decode(encode(CODE)))))
    told = codes.pay(dearer)
    assert isinstance(told, Refusal)
    assert told.code is Code.CODE_PAID
    assert door.paid_tiyn() == PRICE_TIYN
