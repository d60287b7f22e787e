"""A card that is not there, is another, blocked, full, or torn away: one sentence each, and nothing lost."""

import shutil
from collections.abc import Callable

import pytest

from device.core.model import Payment
from device.service.guest_pair import pay_between
from device.service.money import Proposal, Told
from faces.words import sentence
from hardware.purse_client import PurseClient
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError, TenderError
from tests.card_wallet.street import PUK, CardStreet, chip
from tests.wallet.village import approved, good, hand_over
from town.cast import AIGUL, BOLAT, DANA

WRONG = Pin("9999")


def raised(act: Callable[[], object]) -> TenderError:
    with pytest.raises(TenderError) as error:
        act()
    assert "{" not in sentence(error.value.refusal), "whoever reads it reads one whole sentence"
    return error.value


def test_a_card_taken_away_spends_nothing_and_goes_on_when_it_is_back(street: CardStreet) -> None:
    aigul, dana = street.wallet(AIGUL, 200_000), street.wallet(DANA)
    request = good(dana.money.request(50_000)).message
    found = aigul.money.propose(request)
    assert isinstance(found, Proposal)
    street.pull("aigul")
    assert raised(lambda: aigul.money.confirm(found)).code is Code.CARD_MISSING
    assert raised(lambda: street.reopen(aigul, "aigul")).code is Code.CARD_MISSING
    street.put_back("aigul")
    aigul = street.reopen(None, "aigul")
    assert aigul.view.balance().spendable_tiyn == 200_000
    told = aigul.money.propose(request)
    assert isinstance(told, Told), "the same payment goes on"
    good(dana.money.receive(told.messages[0]))
    assert (aigul.view.balance().spendable_tiyn, dana.view.balance().spendable_tiyn) == (150_000, 50_000)


def test_another_card_opens_nothing_and_is_given_no_pin(street: CardStreet) -> None:
    aigul, dana = street.wallet(AIGUL, 200_000), street.wallet(DANA)
    dana.close()
    street.pull("aigul")
    street.pull("dana")
    street.put_back("aigul", other="dana")
    assert raised(lambda: aigul.money.request(1_000)).code is Code.CARD_SWAPPED
    assert raised(lambda: street.reopen(aigul, "aigul", pin=WRONG)).code is Code.CARD_SWAPPED
    client = PurseClient.opened(street.reader("aigul"), 0.0)
    assert client.status().pin_tries == 3, "nobody tried Aigul's PIN on Dana's card"


@pytest.mark.row("DT-Z-05")
def test_three_wrong_pins_block_it_the_puk_frees_it_and_the_money_is_there(street: CardStreet) -> None:
    aigul = street.wallet(AIGUL, 200_000)
    aigul.close()
    tries = [raised(lambda: street.reopen(None, "aigul", pin=WRONG)) for _ in range(3)]
    assert [(one.code, dict(one.refusal.facts)["left"]) for one in tries] == [
        (Code.PIN_WRONG, 2),
        (Code.PIN_WRONG, 1),
        (Code.PIN_WRONG, 0),
    ]
    assert raised(lambda: street.reopen(None, "aigul")).code is Code.CARD_BLOCKED
    client = PurseClient.opened(street.reader("aigul"), 0.0)
    client.unblock(PUK, Pin("2468"))
    client.close()
    assert street.reopen(None, "aigul", pin=Pin("2468")).view.balance().spendable_tiyn == 200_000


def test_the_pin_is_changed_in_the_chip(street: CardStreet) -> None:
    aigul = street.wallet(AIGUL, 200_000)
    aigul.life.change_pin(Pin("135790"))
    assert raised(lambda: street.reopen(aigul, "aigul")).code is Code.PIN_WRONG
    assert street.reopen(None, "aigul", pin=Pin("135790")).view.balance().spendable_tiyn == 200_000


def test_a_card_that_is_somebodys_is_not_made_anothers(street: CardStreet) -> None:
    aigul = street.wallet(AIGUL, 200_000)
    aigul.close()
    street.fields["bolat"] = street.fields["aigul"]
    assert raised(lambda: street.blank("bolat")).code is Code.CARD_NOT_BLANK
    assert not street.config("bolat").store.exists()
    assert street.reopen(None, "aigul").view.balance().spendable_tiyn == 200_000


def test_a_card_of_another_bank_is_enrolled_nowhere_else(street: CardStreet) -> None:
    aigul = street.blank("aigul", bank=948)
    assert raised(lambda: aigul.membership.enrol(949, "4711", shown=False)).code is Code.CARD_OTHER_BANK
    aigul = street.reopen(aigul, "aigul")
    assert raised(lambda: aigul.membership.enrol(949, "4711", shown=False)).code is Code.CARD_OTHER_BANK
    assert not street.line.sent


def test_a_wallet_cut_off_while_it_was_made_is_made_again_on_the_same_card(street: CardStreet) -> None:
    street.blank("aigul").close()
    shutil.rmtree(street.config("aigul").folder)
    assert street.blank("aigul").desk.settings.name == "aigul"


@pytest.mark.parametrize("place", ["load", "payment"])
def test_a_full_card_takes_no_money_and_loses_none(
    street: CardStreet, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """What does not fit is not counted and not acknowledged; when there is room it comes."""
    aigul, dana = street.wallet(AIGUL, 500_000), street.wallet(DANA)
    full = DeviceError(Code.CARD_FULL, "card.put-token")
    transfer = b""
    if place == "payment":
        transfer = approved(aigul.money, good(dana.money.request(70_000)).message).messages[0]
    with monkeypatch.context() as during:

        def no_room(*_: object) -> bytes:
            raise full

        during.setattr(PurseClient, "put_token", no_room)
        if place == "payment":
            assert raised(lambda: dana.money.receive(transfer)).code is Code.CARD_FULL
        else:
            good(dana.bank.convert("to-dt", 70_000))
            assert raised(lambda: dana.bank.load(70_000)).code is Code.CARD_FULL
        assert dana.view.balance().spendable_tiyn == 0
    dana = street.reopen(dana, "dana")
    if place == "payment":
        good(aigul.money.receive(good(dana.money.receive(transfer)).messages[0]))
    else:
        good(dana.settling.sync())
    assert dana.view.balance().spendable_tiyn == chip(dana).status().money_tiyn == 70_000


def test_an_older_copy_of_the_wallets_file_follows_the_chip(street: CardStreet) -> None:
    aigul, dana = street.wallet(AIGUL, 200_000), street.wallet(DANA)
    aigul.close()
    old = street.copy_of_store("aigul")
    aigul = street.reopen(None, "aigul")
    hand_over(aigul, dana, 30_000)
    hand_over(dana, aigul, 10_000)
    aigul.close()
    street.put_store_back("aigul", old)
    aigul = street.reopen(None, "aigul")
    assert aigul.view.balance().spendable_tiyn == chip(aigul).status().money_tiyn == 180_000
    assert len(aigul.view.history()) == 4, "the load, the exchange, and both payments out of the chip's log"
    hand_over(aigul, dana, 180_000)
    assert good(dana.settling.deposit()).settled_tiyn == 200_000


def test_a_torn_tap_is_told_and_the_terminal_still_finishes_it(
    street: CardStreet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card signed at a terminal and was taken away. Home knows at once; the terminal gets its money."""
    aigul, dana = street.wallet(AIGUL, 200_000), street.wallet(DANA)
    aigul.close()
    dana.close()
    street.software.add("bolat")
    terminal = street.wallet(BOLAT)

    def torn(*_: object) -> None:
        raise DeviceError(Code.CARD_OUTCOME_UNKNOWN, "reader")

    with monkeypatch.context() as during:
        during.setattr(PurseClient, "put_token", torn)
        with pytest.raises(DeviceError):
            pay_between(street.guest("aigul", terminal), street.guest("dana", terminal), 60_000)
    street.bring_home("aigul", "dana")
    aigul = street.reopen(None, "aigul")
    assert aigul.view.balance().spendable_tiyn == 140_000
    assert [(one.status, one.amount_tiyn) for one in lines(aigul.view.history())] == [("sent", 60_000)]
    good(aigul.settling.sync())
    aigul.close()
    passed = good(pay_between(street.guest("aigul", terminal), street.guest("dana", terminal), 60_000))
    assert passed.again, "the very same links, once more"
    street.bring_home("aigul", "dana")
    aigul, dana = street.reopen(None, "aigul"), street.reopen(None, "dana")
    assert dana.view.balance().spendable_tiyn == 60_000
    assert [one.status for one in lines(aigul.view.history())] in (["paid"], ["recorded"], ["settled"])
    assert aigul.view.balance().spendable_tiyn == 140_000


def lines(history: tuple[Payment, ...]) -> list[Payment]:
    """The payments from hand to hand."""
    return [one for one in history if one.channel == "offline"]


def test_what_the_chip_does_not_take_keeps_no_wallet_shut(
    street: CardStreet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory or an answer it refuses: the wallet opens, syncs, deposits. A card that is gone is told."""
    aigul = street.wallet(AIGUL, 200_000)

    def no(*_: object) -> None:
        raise DeviceError(Code.DIRECTORY_WRONG, "card.put-signed")

    for method in ("put_signed", "put_certificate", "synced"):
        monkeypatch.setattr(PurseClient, method, no)
    aigul = street.reopen(aigul, "aigul")
    good(aigul.settling.sync())
    assert good(aigul.settling.deposit()).settled_tiyn == 200_000
    street.pull("aigul")
    assert raised(aigul.settling.sync).code is Code.CARD_MISSING
