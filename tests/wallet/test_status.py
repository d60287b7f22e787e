"""The one screen of what is unfinished: what is certain, what waits, and a command that works as typed."""

import shlex
from pathlib import Path

import pytest

from device.core.open_things import Thing
from device.service.wallet import Wallet
from faces.phrases import ENGLISH
from tender.account.client_messages import TO_DT
from tender.cash.messages import Kind, unwrap
from tender.cash.token import Rule
from tender.errors import Code, LinkError, Refusal
from tests.wallet.test_commands import Desk
from tests.wallet.test_hand_over import undelivered
from tests.wallet.test_old_copies import cut_after_claims
from tests.wallet.village import Village, approved, good, hand_over
from town.cast import AIGUL, BOLAT, DANA

LOADED = 100_000
PRICE = 30_000


@pytest.fixture
def keyboard(village: Village, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(village, monkeypatch)


def things(wallet: Wallet) -> list[Thing]:
    return list(wallet.status.look().things)


def said(wallet: Wallet) -> list[tuple[str, str, str]]:
    return [(one.kind, one.certain, one.waits) for one in things(wallet)]


def test_nothing_is_open_and_all_of_it_is_there(village: Village) -> None:
    aigul = village.wallet(AIGUL, LOADED)
    standing = aigul.status.look()
    assert (standing.spendable_tiyn, standing.things) == (LOADED, ())


def test_each_step_of_a_payment_that_stops(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    asked = good(dana.money.request(PRICE))
    assert said(dana) == [("request", "nothing-counted", "waits-for-payer")]
    proposal = aigul.money.propose(asked.message, two_way=True)
    assert said(aigul) == [("payment", "nothing-signed", "waits-for-you")]
    offer = good(aigul.money.confirm(proposal, two_way=True)).messages[-1]  # type: ignore[arg-type]
    assert said(aigul) == [("payment", "nothing-signed", "waits-for-ready")]
    ready = good(dana.money.receive(offer)).messages[-1]
    assert said(dana) == [("request", "nothing-counted", "waits-for-first-payer")]
    good(aigul.money.receive(ready))
    assert said(aigul) == [("payment", "signed-away", "waits-for-receipt")]
    assert aigul.status.look().spendable_tiyn == LOADED - PRICE
    good(aigul.settling.sync())
    assert said(aigul) == [("payment", "signed-away", "waits-for-receipt")], "the platform knows of it"
    good(aigul.hand_overs.hand_over(asked.payment))
    assert said(aigul) == [("payment", "signed-away", "waits-for-answer")]
    good(dana.settling.sync())
    good(aigul.settling.sync())
    assert not things(aigul) and not things(dana)


def test_orders_claims_old_copies_and_frauds(village: Village) -> None:
    aigul = village.wallet(AIGUL, LOADED)
    village.line.away = True
    for act in (lambda: aigul.settling.deposit(5_000), lambda: aigul.bank.convert(TO_DT, 5_000)):
        with pytest.raises(LinkError):
            act()
    assert [(one.kind, one.amount_tiyn, one.code) for one in things(aigul)] == [
        ("claim", 5_000, ""),
        ("order", 0, "convert"),
    ]
    village.line.away = False
    good(aigul.settling.sync())
    assert not things(aigul)


def test_money_that_can_only_be_deposited_is_not_counted_as_sure(village: Village) -> None:
    aigul = village.wallet(AIGUL, LOADED)
    village.clock.advance(31 * 86_400)
    standing = aigul.status.look()
    assert standing.spendable_tiyn == 0
    (thing,) = standing.things
    assert (thing.kind, thing.amount_tiyn, thing.commands) == ("last-hop", LOADED, ("deposit --all",))


def test_old_money_with_a_purpose_is_made_fresh_and_not_deposited(village: Village) -> None:
    rule = Rule("school meals", (5814,), ()).to_bytes()
    aigul = village.wallet(AIGUL, LOADED, rule=rule)
    village.clock.advance(31 * 86_400)
    (thing,) = things(aigul)
    assert (thing.kind, thing.commands) == ("colour-old", ("renew",))
    good(aigul.settling.sync())
    assert good(aigul.colours.renew()).amount_tiyn == LOADED
    assert (aigul.status.look().spendable_tiyn, things(aigul)) == (LOADED, [])


def test_a_claim_signed_as_the_power_went_has_its_line_in_the_history(village: Village) -> None:
    aigul = cut_after_claims(village, village.wallet(AIGUL, LOADED, single=True))
    good(aigul.settling.sync())
    deposits = [one for one in aigul.view.history() if one.channel == "deposit"]
    assert [(one.amount_tiyn, one.status) for one in deposits] == [(LOADED, "settled")]


def test_a_claim_that_neither_side_kept_has_its_line_too(village: Village) -> None:
    aigul = cut_after_claims(village, village.wallet(AIGUL, LOADED, single=True))
    aigul.life.show_name(False)
    aigul.desk.element.acknowledge(aigul.desk.element.counter)
    good(aigul.settling.sync())
    deposits = [one for one in aigul.view.history() if one.channel == "deposit"]
    assert [(one.amount_tiyn, one.status) for one in deposits] == [(LOADED, "settled")]


def test_money_refused_by_a_list_the_payer_has_not_seen_goes_back_at_once(
    village: Village,
) -> None:
    """One-way: Dana's newer list names Aigul's device; Aigul had signed already."""
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    payment, transfer = undelivered(aigul, dana)
    number = aigul.desk.settings.device
    code = village.platform.banks[AIGUL.bank].clients.activation_code(village.client(AIGUL).number)
    borrowed = village.blank("borrowed")
    good(borrowed.membership.report_lost(number, code, bank=AIGUL.bank))
    good(dana.settling.sync())
    told = good(dana.money.receive(transfer))
    assert told.refusal is not None
    assert told.refusal.code is Code.CERTIFICATE_REVOKED
    assert unwrap(told.messages[-1])[0] is Kind.RETURN
    assert good(aigul.money.receive(told.messages[-1])).status == "returned"
    assert aigul.view.balance().spendable_tiyn == LOADED
    assert aigul.view.payment(payment.hex()[:8]) is not None


def test_a_request_is_freed_for_another_payer_and_the_first_gets_his_money_back(village: Village) -> None:
    aigul, bolat, dana = (village.wallet(one, LOADED) for one in (AIGUL, BOLAT, DANA))
    asked = good(dana.money.request(PRICE))
    proposal = aigul.money.propose(asked.message, two_way=True)
    offer = good(aigul.money.confirm(proposal, two_way=True)).messages[-1]  # type: ignore[arg-type]
    ready = good(dana.money.receive(offer)).messages[-1]
    refused = good(dana.money.receive(good(offer_of(bolat, asked.message))))
    assert refused.refusal is not None
    assert refused.refusal.code is Code.REQUEST_TAKEN
    assert isinstance(bolat.money.receive(refused.messages[-1]), Refusal)
    good(dana.money.free(asked.payment))
    receipt = good(dana.money.receive(approved(bolat.money, asked.message).messages[-1])).messages[-1]
    assert good(bolat.money.receive(receipt)).status == "paid"
    tails = good(aigul.money.receive(ready)).messages[-1]
    no = good(dana.money.receive(tails)).messages[-1]
    whole = good(aigul.money.receive(no)).messages[-1] if unwrap(no)[0] is Kind.REFUSED else b""
    back = good(dana.money.receive(whole)).messages[-1] if whole else no
    assert good(aigul.money.receive(back)).status == "returned"
    held = [one.view.balance().spendable_tiyn for one in (aigul, bolat, dana)]
    assert held == [LOADED, LOADED - PRICE, LOADED + PRICE]
    again = dana.money.free(asked.payment)
    assert isinstance(again, Refusal)
    assert again.code is Code.REQUEST_FREE


def offer_of(wallet: Wallet, request: bytes) -> bytes | Refusal:
    """What a second payer offers."""
    proposal = wallet.money.propose(request, two_way=True)
    told = wallet.money.confirm(proposal, two_way=True)  # type: ignore[arg-type]
    return told if isinstance(told, Refusal) else told.messages[-1]


def test_the_screen_is_eighty_wide_and_each_command_on_it_works_as_typed(
    keyboard: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    keyboard.moves_in(AIGUL, "1000")
    keyboard.moves_in(DANA)
    keyboard.does("request", "300", "--out", "request.tenge", "-w", "dana")
    keyboard.does("pay", "request.tenge", "--yes", "--out", "lost.tenge", "-w", "aigul")
    shown = keyboard.does("status", "-w", "aigul")
    assert all(len(line) <= 80 for line in shown.splitlines())
    typed = [one[one.index("tenge wallet ") :] for one in shown.splitlines() if "tenge wallet " in one]
    assert len(typed) == 2, shown
    for command in typed:
        keyboard.does(*shlex.split(command)[2:])
    assert Path("payment.tenge").exists()
    told = keyboard.told("status", "-w", "aigul")
    assert [(one["certain"], one["waits"]) for one in told["things"]] == [("signed-away", "waits-for-answer")]
    assert "through the bank: yours" in keyboard.does("sync", "-w", "dana")
    assert "keeps" in keyboard.does("sync", "-w", "aigul")
    assert "Nothing is open" in keyboard.does("status", "-w", "aigul")
    assert keyboard.spendable("dana") == 30_000


def test_a_return_is_never_thrown_away_with_the_refusal_it_comes_with(keyboard: Desk, tmp_path: Path) -> None:
    keyboard.moves_in(AIGUL, "1000")
    keyboard.moves_in(DANA)
    request, payment = str(tmp_path / "r"), str(tmp_path / "p")
    keyboard.does("request", "300", "--out", request, "-w", "dana")
    keyboard.does("pay", request, "--yes", "--out", payment, "-w", "aigul")
    with pytest.MonkeyPatch.context() as later:
        later.setenv("TENGE_AT", str(int(keyboard.environment["TENGE_AT"]) + 31 * 86_400))
        refused = keyboard.types("receive", payment, "-w", "dana")
        assert (refused.exit_code, "token-expired" in refused.stderr) == (1, True)
        assert "came back" in keyboard.does("receive", "-", "-w", "aigul", given=refused.stdout.encode())


def test_every_line_of_the_screen_has_its_words() -> None:
    """Nothing on it is a bare key; each line fits beside its label."""
    for name, text in ENGLISH.items():
        if name.startswith("waits-for-"):
            assert len(text) <= 68, name


def test_handing_over_ends_what_history_calls_sent(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    hand_over(aigul, dana, PRICE)
    assert not things(aigul), "a receipt ends it"
