"""A device is reported lost: found again before the claim window ends, or never; and what was on it."""

import pytest

from device.service.wallet import Wallet
from platform_stub.config import PlatformConfig
from tender.errors import Code, Refusal
from tests.wallet.test_hand_over import equation_holds, undelivered
from tests.wallet.village import PIN, Village, good, hand_over
from town.cast import AIGUL, DANA

LOADED = 100_000
PRICE = 30_000
WINDOW_S = (PlatformConfig().token_days + PlatformConfig().claim_window_days + 1) * 86_400


def fresh_code(village: Village) -> str:
    """Aigul, told a new activation code at the counter."""
    return village.platform.banks[AIGUL.bank].clients.activation_code(village.client(AIGUL).number)


def report(village: Village, wallet: Wallet) -> None:
    """The loss, reported from a borrowed phone."""
    borrowed = village.blank("borrowed")
    good(borrowed.membership.report_lost(wallet.desk.settings.device, fresh_code(village), bank=AIGUL.bank))
    borrowed.close()


def code_of(outcome: object) -> Code:
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


def test_a_lost_device_is_not_heard_and_says_so_on_its_own_screen(village: Village) -> None:
    aigul = village.wallet(AIGUL, LOADED)
    report(village, aigul)
    assert code_of(aigul.settling.sync()) is Code.DEVICE_LOST
    (thing, *_) = aigul.status.look().things
    assert (thing.kind, thing.certain, thing.waits) == ("lost", "device-lost", "waits-for-window")
    assert thing.commands[0].startswith("found --code ")
    assert code_of(aigul.bank.load(1_000)) is Code.DEVICE_LOST
    assert aigul.view.balance().lost


def test_found_again_it_deposits_what_it_holds_and_is_whole_with_new_keys(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    report(village, aigul)
    assert code_of(aigul.settling.sync()) is Code.DEVICE_LOST
    assert code_of(aigul.membership.report_found("0000000000")) is Code.ACTIVATION_WRONG
    assert code_of(aigul.settling.sync()) is Code.DEVICE_LOST, "a wrong code lifts nothing"
    assert aigul.membership.report_found(fresh_code(village)) is None
    good(aigul.settling.sync())
    (thing,) = aigul.status.look().things
    assert (thing.kind, thing.amount_tiyn, thing.commands) == ("blocked-key", LOADED, ("deposit --all",))
    refused = aigul.money.confirm(aigul.money.propose(good(dana.money.request(PRICE)).message))  # type: ignore[arg-type]
    assert code_of(refused) is Code.CERTIFICATE_REVOKED, "its old keys stay blocked for ever"
    assert good(aigul.settling.deposit()).settled_tiyn == LOADED
    good(aigul.bank.load(LOADED))
    good(dana.settling.sync())
    hand_over(aigul, dana, PRICE)
    hand_over(dana, aigul, 10_000)
    equation_holds(village)
    village.clock.advance(WINDOW_S)
    village.platform.tick()
    assert good(aigul.bank.statement()).balances.dt_tiyn == 0, "it came home once"
    equation_holds(village)


def test_a_thief_needs_the_owners_code(village: Village) -> None:
    """Dana's own fresh code does not bring Aigul's phone back."""
    aigul = village.wallet(AIGUL, LOADED)
    report(village, aigul)
    dana = village.client(DANA)
    theirs = village.platform.banks[DANA.bank].clients.activation_code(dana.number)
    assert code_of(aigul.membership.report_found(theirs)) in (Code.ACTIVATION_WRONG, Code.DEVICE_LOST)
    assert code_of(aigul.settling.sync()) is Code.DEVICE_LOST


def test_never_found_its_money_comes_home_and_is_loaded_again_on_a_new_device(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    hand_over(aigul, dana, PRICE)
    report(village, aigul)
    good(dana.settling.deposit())
    village.clock.advance(WINDOW_S)
    village.platform.tick()
    new = village.blank("new")
    good(new.membership.enrol(AIGUL.bank, fresh_code(village), shown=False))
    assert good(new.bank.statement()).balances.dt_tiyn == LOADED - PRICE
    good(new.bank.load(LOADED - PRICE))
    good(dana.settling.sync())
    hand_over(new, dana, LOADED - PRICE)
    equation_holds(village)
    assert code_of(aigul.settling.sync()) is Code.DEVICE_LOST
    aigul.membership.report_found(fresh_code(village))
    late = good(aigul.settling.deposit())
    assert late.settled_tiyn == 0, "what came home does not come twice"
    equation_holds(village)


@pytest.mark.parametrize("signed", [False, True], ids=["in-hand", "handed-over"])
def test_a_backup_of_a_lost_device_brings_history_and_no_money(village: Village, signed: bool) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    if signed:
        payment, _ = undelivered(aigul, dana)
        good(aigul.hand_overs.hand_over(payment))
    backup = aigul.life.backup(PIN).data
    report(village, aigul)
    new = village.blank("new")
    good(new.membership.enrol(AIGUL.bank, fresh_code(village), shown=False))
    assert good(new.life.restore(backup, PIN)) >= 1
    assert (new.view.balance().spendable_tiyn, new.status.look().things) == (0, ())
    good(new.settling.sync())
    assert new.view.balance().spendable_tiyn == 0


def test_a_payee_who_lost_the_device_is_silent_and_the_payer_is_credited_not_he(village: Village) -> None:
    """Handed over before the loss, or after: the question stays unanswered, and silence returns it."""
    dana, aigul = village.wallet(DANA, LOADED), village.wallet(AIGUL)
    payment, _ = undelivered(dana, aigul)
    good(dana.hand_overs.hand_over(payment))
    report(village, aigul)
    village.clock.advance(WINDOW_S)
    village.platform.tick()
    assert [one.outcome for one in good(dana.settling.sync()).late] == ["silent"]
    assert good(dana.bank.statement()).balances.dt_tiyn == PRICE
    equation_holds(village)
