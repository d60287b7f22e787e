"""A void whose reversal met silence and is refused afterwards: its receipt is out, and the payment stands.

Whoever stands at the till hears it, and has a receipt that says so; every sum counts the payment again.
"""

import asyncio

import pytest

from hardware.field import Field
from pos.cli import app
from pos.core.card_tender import VOID_REFUSED, CardPayment, CardPhase
from pos.service.till import Till
from tender.card.iso8583.message import Message, replacement_text
from tender.errors import Refusal
from tests.pos.market import Market
from tests.pos.test_commands import RUNNER, Counter
from tests.pos_cards.acquirer import StandInAcquirer, approves, silent
from tests.pos_cards.counter import papers, pin_of
from tests.pos_cards.shop import PIN, SILENCE_S, TIYN, a_card, asked, held, paid, unanswered
from tests.pos_cards.test_screens import behind_the_counter
from tests.wallet.village import good


def refuses(message: Message) -> Message | None:
    """Yes to a payment; no void of what was given back elsewhere."""
    taken_back = message.mti[1] == "4"
    return message.answer("12", {95: replacement_text(TIYN)}) if taken_back else approves(message)


def voided_in_silence(till: Till, acquirer: StandInAcquirer) -> None:
    """The receipt of the void is out; whoever is told of it next refuses."""
    with unanswered(till, acquirer):
        done = good(till.void("1-0001"))
    assert done.unheard and [one.name for one in done.receipts] == ["1-0002"]
    assert not till.cards.corrections(), "nothing is known yet"
    acquirer.script = refuses


def test_the_books_of_the_till_count_it_again(till: Till, acquirer: StandInAcquirer) -> None:
    asked(till)
    assert paid(till, held(a_card())).taken is not None
    good(till.finish())
    voided_in_silence(till, acquirer)
    assert till.terminal.say_reversals() == 0
    [payment] = till.terminal.payments()
    assert (payment.phase, payment.reason) == (CardPhase.APPROVED, VOID_REFUSED)
    [correction] = till.cards.corrections()
    assert (correction.kind, correction.name, correction.of) == ("correction", "1-0003", "1-0001")
    assert (correction.total_tiyn, correction.items) == (TIYN, good(till.receipt("1-0001")).items)
    assert not till.cards.corrections(), "once"

    report = good(till.x_report())
    assert {one.tender: one.net_tiyn for one in report.tenders} == {"card": TIYN}
    assert (report.sales_tiyn, report.voids_tiyn, report.corrections_tiyn) == (TIYN, TIYN, TIYN)
    assert till.terminal.totals().net_tiyn == report.net_tiyn, "as the batch does"

    for taken in (till.void("1-0003"), till.refund("1-0003", "cash")):
        assert isinstance(taken, Refusal) and taken.facts == (("corrects", "1-0001"),)
    acquirer.script = approves
    assert good(till.void("1-0001")).amount_tiyn == TIYN, "what hindered it is undone by now"
    assert good(till.x_report()).net_tiyn == till.terminal.totals().net_tiyn == 0


def test_a_correction_waits_for_the_next_shift_and_gives_its_vat_back(
    till: Till, acquirer: StandInAcquirer
) -> None:
    good(till.add_item("Bread", 12_000, 1, "12 %"))
    good(till.begin_payment("card"))
    assert paid(till, held(a_card())).taken is not None
    good(till.finish())
    voided_in_silence(till, acquirer)
    closed = good(till.z_report())
    assert (closed.net_tiyn, closed.vat) == (0, {"12 %": 0})
    till.terminal.say_reversals()
    assert not till.cards.corrections(), "there is no shift to write it in"
    good(till.open_shift(0))
    [correction] = till.cards.corrections()
    assert (correction.name, correction.of) == ("2-0001", "1-0001")
    report = good(till.x_report())
    assert (report.net_tiyn, report.vat, report.voids) == (12_000, {"12 %": 12_000}, 0)


def test_looking_for_corrections_reads_the_payments_once_however_many_voids_there_were(
    till: Till, acquirer: StandInAcquirer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is done every few seconds, and payments stay for ever."""
    for sale in ("1-0001", "1-0003"):
        asked(till)
        assert paid(till, held(a_card())).taken is not None
        good(till.finish())
        good(till.void(sale))
    payments, reads = till.terminal.payments, []

    def counted() -> tuple[CardPayment, ...]:
        reads.append(payments())
        return reads[-1]

    monkeypatch.setattr(till.terminal, "payments", counted)
    assert not till.cards.corrections()
    assert len(reads) == 1


def heard(counter: Counter, *words: str) -> str:
    """All a command says to whoever types it."""
    told = RUNNER.invoke(app, list(words))
    assert told.exit_code == 0, told.output
    return told.output


def test_by_command(
    market: Market, acquirer: StandInAcquirer, card: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = Counter(market, monkeypatch)
    counter.opened()
    counter.run("card", "set", "--from", papers(market, acquirer))
    counter.run("sale", "--item", "Tea=3779", "--card", card, *pin_of(market))
    acquirer.script = silent
    with monkeypatch.context() as patch:
        patch.setattr("pos.service.card_desk.REVERSAL_S", SILENCE_S)
        said = heard(counter, "void", "1-0001")
    acquirer.script = refuses
    assert "The bank has not confirmed yet that the payment is taken back" in said

    said = heard(counter, "card", "send")
    assert "The bank refused to cancel receipt 1-0001: nothing goes back" in said and "1-0003" in said, said
    assert "approved; the bank refused to cancel it" in counter.run("card", "payments")
    [payment] = counter.told("card", "payments")["payments"]
    assert (payment["phase"], payment["reversal"]) == ("approved", "void-refused")
    assert "1-0003" not in heard(counter, "card", "look", str(payment["number"])), "it is said once"
    paper = counter.run("receipt", "1-0003", "--columns", "32")
    for words in ("CANCELLATION REFUSED", "1-0001", "it stands, nothing goes back", "3 779,00", "A1B2C3"):
        assert words in paper.replace("\u202f", " ").replace("\n", " "), paper
    report = counter.run("x")
    assert "Cancelling refused: 1" in report
    assert [one["kind"] for one in counter.told("receipts")["receipts"]] == ["correction", "void", "sale"]


def test_on_the_screen(market: Market, acquirer: StandInAcquirer) -> None:
    async def play() -> None:
        async with behind_the_counter(market, acquirer, Field("near", a_card())) as seat:
            await seat.sells_by_card()
            await seat.says("PIN, please")
            await seat.press(*PIN, "enter")
            await seat.says("Approved")
            await seat.press("enter")
            await seat.says("Paid: 3 779,00")
            await seat.press("enter")
            await seat.says("Basket")
            till = seat.app.till
            with unanswered(till, acquirer):
                await seat.press("f2")
                await seat.says("1-0001")
                await seat.press("u")
                await seat.says("Cancel receipt 1-0001")
                await seat.press("tab", "enter")
                await seat.says("1-0002", "cancelled")
            acquirer.script = refuses
            await seat.press("escape")
            await seat.says("Basket")
            await seat.app.outcome(till.terminal.say_reversals)
            seat.app.say_reversals()
            await seat.says("Not cancelled: 1-0001.", "Receipt 1-0003 says it.")
            seat.picture("void-refused")
            await seat.press("f2")
            await seat.says("1-0003", "stands again", "CANCELLATION REFUSED", "+3 779,00")
            seat.picture("correction")
            assert [one.kind for one in till.receipts()] == ["correction", "void", "sale"]

    asyncio.run(play())
