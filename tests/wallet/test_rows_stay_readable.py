"""Nothing is ever written that the next start could not read: long histories, large deposits, odd names."""

from dataclasses import replace

import pytest

from device.core.model import OUTPUTS_MOST, PATH_MOST, Moment, Payment
from device.service.money import Proposal
from device.service.wallet import Wallet
from tender.account.client_messages import TO_DT
from tender.errors import Code, LinkError, LocalProtocolError, Refusal
from tests.wallet.test_torn import PowerCut, cut_at
from tests.wallet.village import Village, approved, good
from town.cast import AIGUL, DANA

COINS = 2 * OUTPUTS_MOST + 1
LOAD_TIYN = 400_000


def many_coins(village: Village) -> Wallet:
    """A wallet with more coins than two lines of its history can name."""
    aigul = village.wallet(AIGUL, LOAD_TIYN)
    good(aigul.bank.convert(TO_DT, COINS * LOAD_TIYN // 5))
    while len(aigul.desk.coins()) < COINS:
        good(aigul.bank.load(LOAD_TIYN))
    return aigul


def lines_of(wallet: Wallet, channel: str) -> list[Payment]:
    found = [one for one in wallet.desk.store.all(Payment) if one.channel == channel]
    return sorted(found, key=lambda one: one.number)


def test_hundreds_of_coins_are_deposited_in_lines_that_can_be_read_again(village: Village) -> None:
    aigul = many_coins(village)
    have_tiyn, count = aigul.view.balance().spendable_tiyn, len(aigul.desk.coins())
    with pytest.raises(PowerCut), cut_at(0, durable=True):
        aigul.settling.deposit()
    aigul = village.reopen(aigul, "aigul", "after the cut")
    village.line.away = True
    with pytest.raises(LinkError):
        aigul.settling.deposit()
    aigul = village.reopen(aigul, "aigul", "away")
    sizes = [len(line.outputs) for line in lines_of(aigul, "deposit")]
    assert sizes == [OUTPUTS_MOST, OUTPUTS_MOST, count - 2 * OUTPUTS_MOST]
    assert len({line.number for line in lines_of(aigul, "deposit")}) == 3
    village.line.away = False
    done = good(aigul.settling.sync())
    assert done.deposited.settled_tiyn == have_tiyn
    aigul = village.reopen(aigul, "aigul", "at home")
    assert not aigul.desk.coins()
    assert {line.status for line in lines_of(aigul, "deposit")} == {"settled"}
    assert sum(line.amount_tiyn for line in lines_of(aigul, "deposit")) == have_tiyn


def test_claims_of_several_lines_found_after_a_cut_make_several_lines(village: Village) -> None:
    """An old copy of the file asks for them again."""
    aigul = village.wallet(AIGUL, 50_000, single=True)
    (coin,) = aigul.desk.coins()
    coins = [replace(coin, output=number.to_bytes(32, "big")) for number in range(COINS)]
    with aigul.desk.commit() as changes:
        aigul.settling._claiming._put_lines(coins, changes)
    lines = lines_of(aigul, "deposit")
    assert [len(line.outputs) for line in lines] == [
        OUTPUTS_MOST,
        OUTPUTS_MOST,
        len(coins) - 2 * OUTPUTS_MOST,
    ]
    assert [line.number - lines[0].number for line in lines] == [0, 1, 2]


def test_a_request_that_is_declined_for_ever_keeps_its_first_and_its_newest_moments(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 100_000), village.wallet(DANA)
    request = good(dana.money.request(1_000))
    for second in range(PATH_MOST):
        village.clock.advance(1)
        proposal = aigul.money.propose(request.message)
        assert isinstance(proposal, Proposal), second
        aigul.money.decline(proposal)
    before = aigul.desk.store.get(Payment, request.payment)
    assert before is not None and len(before.path) == PATH_MOST
    aigul = village.reopen(aigul, "aigul")
    row = aigul.desk.store.get(Payment, request.payment)
    assert row == before
    assert row.path[0].time == row.time
    assert row.path[-1] == Moment("declined", village.clock.now())
    assert aigul.view.balance().spendable_tiyn == 100_000


@pytest.mark.parametrize("name", ["a\nb", "\u202eabc", ""], ids=["two lines", "backwards", "none"])
def test_a_contact_is_called_what_can_be_shown(village: Village, name: str) -> None:
    dana = village.wallet(DANA)
    refused = dana.life.add_contact(name, "+77012345601")
    assert isinstance(refused, Refusal) and refused.code is Code.NAME_WRONG
    good(dana.life.add_contact("Aigul", "+77012345601"))
    dana = village.reopen(dana, "dana")
    assert [one.name for one in dana.life.contacts()] == ["Aigul"]


def test_a_row_that_could_not_be_read_is_not_written_and_the_others_stay(village: Village) -> None:
    dana = village.wallet(DANA, 5_000)
    (line,) = lines_of(dana, "load")
    for wrong, field in (
        (replace(line, outputs=(bytes(32),) * (OUTPUTS_MOST + 1)), "store.payment.outputs"),
        (replace(line, path=(Moment("sent", 0),) * (PATH_MOST + 1)), "store.payment.path"),
        (replace(line, message=bytes(1 << 20), receipt=b"1"), "store.payment"),
    ):
        with pytest.raises(LocalProtocolError) as caught, dana.desk.commit() as changes:
            changes.put(replace(line, party="never written", id=bytes(16)))
            changes.put(wrong)
        assert caught.value.field == field
    dana = village.reopen(dana, "dana")
    assert lines_of(dana, "load") == [line]
    assert dana.desk.store.get(Payment, bytes(16)) is None


def test_what_was_given_back_is_no_part_of_the_payment(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 100_000), village.wallet(DANA)
    request = good(dana.money.request(30_000))
    told = approved(aigul.money, request.message)
    good(dana.money.cancel(request.payment))
    back = good(dana.money.receive(told.messages[0]))
    assert back.messages
    good(dana.settling.sync())
    dana = village.reopen(dana, "dana")
    row = dana.desk.store.get(Payment, request.payment)
    assert row is not None
    assert (row.status, row.outputs) == ("cancelled", ())
