"""What a counter says and never does unasked: a wrong PIN, whose receipt it is, what is not there."""

import json
import re

import pytest

from device.cli import late_word
from hardware.file_reader import FileReader
from pos.cli import app
from tender.account.card_messages import CloseDay, MerchantCredit, Position
from tender.account.participants import ALTYN
from tender.errors import Code, DeviceError
from tests.mint import NOW
from tests.patience import soon
from tests.pos.market import Market
from tests.pos.test_commands import RUNNER, Counter
from tests.pos_cards.acquirer import StandInAcquirer, approves, declines
from tests.pos_cards.counter import card_in_file, papers, pin_of
from tests.pos_cards.shop import PIN
from town.cast import MERCHANT

WRONG = "9999"
TRIES = 3
OFFLINE_PIN = "mchip-cvn14-dda"
"""A card that judges its PIN itself."""


@pytest.fixture
def counter(market: Market, acquirer: StandInAcquirer, monkeypatch: pytest.MonkeyPatch) -> Counter:
    """A till that is a terminal, with a shift open."""
    made = Counter(market, monkeypatch)
    made.opened()
    made.run("card", "set", "--from", papers(market, acquirer))
    return made


def test_a_pin_out_of_a_file_that_was_refused_is_not_offered_again_unasked(
    market: Market, acquirer: StandInAcquirer, counter: Counter
) -> None:
    card = card_in_file(market, OFFLINE_PIN)
    (market.folder / "pin").write_text(WRONG)
    told = counter.told("sale", "--item", "Tea=3779", "--card", card, *pin_of(market), code=1)
    assert (told["code"], told["facts"]) == ("pin-wrong", {"left": TRIES - 1}), "so that nobody blocks a card"
    for _ in range(TRIES):
        assert counter.told("ask", "--card", card, *pin_of(market), code=1)["code"] == "pin-not-offered"
    asked = counter.told("ask", "--card", card, *pin_of(market), "--card-pin-again", code=1)
    assert asked["facts"] == {"left": TRIES - 2}, "the person said so"
    assert not acquirer.heard, "a signature is no answer to a wrong PIN"
    shown = counter.run("card", "payments").splitlines()[0].split("\t")
    assert shown[-3:] == [told["card"]["pan"], "declined", "pin-wrong (1)"] and "…" not in shown[-3]
    looked = counter.run("card", "look", str(asked["card"]["number"]))
    assert "The PIN is wrong." in looked and "Tries left: 1 [pin-wrong]" in looked and "CVM" in looked
    newest = counter.told("card", "payments")["payments"][0]
    assert (newest["pin_refused"], newest["pin_tries_left"]) == ("pin-wrong", TRIES - 2)
    # Another PIN was written into the file; but the last try is a person's alone.
    (market.folder / "pin").write_text(PIN)
    last = counter.told("ask", "--card", card, *pin_of(market), code=1)
    assert (last["code"], last["facts"]) == ("pin-not-offered", {"left": 1})
    paid = counter.told("ask", "--card", card, *pin_of(market), "--card-pin-again")
    assert paid["card"]["phase"] == "approved"
    counter.told("sale", "--item", "Tea=100", "--card", card, *pin_of(market))


def test_the_last_try_that_was_wrong_leaves_none_and_says_so(
    market: Market, acquirer: StandInAcquirer, counter: Counter
) -> None:
    card = card_in_file(market, OFFLINE_PIN)
    (market.folder / "pin").write_text(WRONG)
    words = ("--card", card, *pin_of(market), "--card-pin-again")
    counter.told("sale", "--item", "Tea=3779", *words, code=1)
    assert [counter.told("ask", *words, code=1)["pin_tries_left"] for _ in range(2)] == [1, 0]


def test_a_wrong_pin_is_said_with_the_tries_that_are_left(
    market: Market, acquirer: StandInAcquirer, counter: Counter
) -> None:
    card = card_in_file(market, OFFLINE_PIN)
    (market.folder / "pin").write_text(WRONG)
    said = RUNNER.invoke(app, ["sale", "--item", "Tea=3779", "--card", card, *pin_of(market)])
    assert "The PIN is wrong." in said.stderr and "Tries left: 2" in said.stderr and not acquirer.heard
    assert WRONG not in said.output


def test_a_pin_that_the_bank_refused_is_not_offered_again_unasked(
    market: Market, acquirer: StandInAcquirer, counter: Counter, card: str
) -> None:
    acquirer.script = declines("55")
    words = ("--card", card, *pin_of(market))
    assert counter.told("sale", "--item", "Tea=3779", *words, code=1)["code"] == "pin-wrong"
    assert counter.told("ask", *words, code=1)["code"] == "pin-not-offered"
    assert len(acquirer.heard) == 1
    acquirer.script = approves
    (market.folder / "pin").write_text(PIN + "\n")  # typed anew
    assert counter.told("ask", *words)["card"]["phase"] == "approved"


def test_a_card_receipt_names_terminal_merchant_and_application_in_local_time(
    market: Market, counter: Counter, card: str
) -> None:
    sold = counter.told("sale", "--item", "Tea=3779", "--card", card, *pin_of(market))
    paper = counter.run("receipt", sold["receipt"]["receipt"])
    lines = {line.split("  ")[0].strip(): line.split("  ")[-1].strip() for line in paper.splitlines()}
    assert (lines["Terminal"], lines["Merchant"]) == ("T0000001", "990140000385")
    assert lines["AID"] == "A0000000031010" and lines["Card"] == sold["card"]["pan"]
    assert lines["Reference (RRN)"] == sold["card"]["rrn"] and lines["Approval"] == sold["card"]["approval"]
    assert lines["Application"] == sold["card"]["label"]
    # 15 January 2027, 08:00 UTC is one in the afternoon in Almaty.
    assert "15.01.2027 13:00" in paper and "UTC" not in paper


def test_a_payment_nobody_made_has_words_of_its_own(counter: Counter) -> None:
    told = counter.told("card", "look", "17", code=1)
    assert told["code"] == "card-payment-unknown" and told["facts"] == {"number": "000017"}


def test_no_more_is_taken_out_of_a_drawer_than_lies_in_it(counter: Counter) -> None:
    lies = counter.told("x")["drawer_tiyn"]
    counter.run("drawer", "500")
    short = counter.told("drawer", "100000", "--take-out", code=1)
    assert (short["code"], short["facts"]) == ("drawer-short", {"drawer_tiyn": lies + 50_000})
    assert counter.told("drawer", "500", "--take-out")["drawer_tiyn"] == lies
    assert json.dumps(counter.told("x")["drawer_tiyn"]) == str(lies)


def test_a_merchant_sees_what_its_cards_brought_and_the_z_report_says_it(
    market: Market, counter: Counter, card: str
) -> None:
    """From the bank's books, by the merchant's own till: gross, given back, net, when, in which batch."""
    sold = counter.told("sale", "--item", "Tea=3779", "--card", card, *pin_of(market))
    counter.told("refund", sold["receipt"]["receipt"], "--card", card, "--amount", "779", *pin_of(market))
    assert counter.told("card", "takings")["days"] == []
    part = counter.run("receipt", "1-0002")
    assert not re.search(r"^-+\n-+$", part, re.MULTILINE), part
    stands = counter.told("x")
    assert (stands["card_batch_open"], stands["card_open_tiyn"]) == (1, 300_000)
    paper = counter.run("x")
    assert "Card batch 1 is open" in paper and "tenge pos card close" in paper
    closed = counter.told("card", "close")
    assert closed["agrees"] and closed["their_debits_tiyn"] is None, "the stand-in says yes, and no sums"
    days = market.platform.banks[MERCHANT.bank].card_days
    credit = MerchantCredit(MERCHANT.number + "001", 300_000, 77_900)
    order = CloseDay("day-1", 20_000, 1, 1, (), (credit,), (Position(ALTYN, -300_000),), NOW)
    assert days.close(order).code == ""
    [told] = counter.told("card", "takings")["days"]
    assert (told["paid_tiyn"], told["back_tiyn"], told["net_tiyn"]) == (377_900, 77_900, 300_000)
    assert told["merchant"] == credit.merchant and told["credited"] == NOW and told["batches"] == [1]
    shown = counter.run("card", "takings").replace("\u202f", " ")
    assert "paid 3 779,00" in shown and "given back 779,00" in shown and "batches of this till: 1" in shown
    report = counter.told("z", "--counted", "5000")
    assert report["card_credited_tiyn"] == 300_000
    assert [(one["batch"], one["paid_tiyn"], one["back_tiyn"]) for one in report["card_batches"]] == [
        (1, 377_900, 77_900)
    ]
    paper = counter.run("z", "--shift", "1")
    assert "is open" not in paper and "Card batch 1" in paper and "Credited for cards" in paper


def test_a_reader_without_a_card_is_named_while_it_is_waited_for(
    market: Market, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(late_word, "_say", said.append)
    monkeypatch.setattr(late_word, "WORD_AFTER_S", 0.0)

    def connect(self: FileReader, timeout_s: float) -> bytes:
        soon(lambda: said)
        raise DeviceError(Code.CARD_MISSING, "card")

    monkeypatch.setattr(FileReader, "connect", connect)
    missing = f"file:{market.folder / 'no.card'}"
    assert "card-missing" in RUNNER.invoke(app, ["sale", "--item", "Tea=100", "--card", missing]).output
    assert said == [f"No card in {missing} yet; it is waited for, 30 s in all."]


def test_a_batch_that_the_bank_does_not_hear_of_is_not_lost(
    acquirer: StandInAcquirer, counter: Counter
) -> None:
    acquirer.close()
    said = RUNNER.invoke(app, ["card", "close"])
    assert said.exit_code == 1 and "told of this batch before the next payment" in said.output


def test_a_till_that_is_not_there_is_no_wallet(counter: Counter) -> None:
    said = RUNNER.invoke(app, ["card", "show", "--till", "elsewhere"])
    assert said.exit_code == 3 and "`tenge pos create`" in said.output and "wallet" not in said.output


def test_a_shops_till_stays_one_whatever_is_typed_at_it(
    market: Market, acquirer: StandInAcquirer, counter: Counter
) -> None:
    card = card_in_file(market, OFFLINE_PIN)
    for asked in (["withdraw", "2000"], ["balance"]):
        said = RUNNER.invoke(app, ["atm", *asked, "--card", card, *pin_of(market)])
        assert said.exit_code == 1 and "This till is no cash machine." in said.stderr
    assert not acquirer.heard


def test_what_a_card_paid_goes_to_nobodys_phone(
    market: Market, acquirer: StandInAcquirer, counter: Counter
) -> None:
    card = card_in_file(market, OFFLINE_PIN)
    sold = counter.told("sale", "--item", "Tea=100", "--card", card, *pin_of(market))
    back = ("refund", sold["receipt"]["receipt"], "--way", "transfer", "--to", "+77012345603")
    assert counter.told(*back, code=1)["code"] == "paid-by-card"
    assert sum(acquirer.stands_tiyn.values()) == 100_00


def test_each_secret_is_asked_for_by_its_name(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TENGE_PIN")
    asked = RUNNER.invoke(app, ["add-cashier", "Dina"], input="4071\n2222\n2222\n")
    assert asked.exit_code == 0
    for name in ("PIN of this till:", "Code of the cashier:", "Once more:"):
        assert name in asked.output
