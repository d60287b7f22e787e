"""One purchase through everything that is real: chip, terminal's line, acquirer, network, issuer, bank."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tender.account.card_client_messages import (
    CardOperation,
    CardOperationsQuestion,
    CardOperationsTold,
)
from tender.account.client_messages import Stated, Statement
from tender.account.participants import ALTYN, BANKS, KAZPOST
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.message import Message, Original
from tests.bank_cards.books import check_store
from tests.patience import soon
from tests.platform_stub.people import AIGUL, MERCHANT, TENGE, Person, Phone, Town, open_town
from tests.switch.rails import Rails, at_till, rails

KIOSK = Person("Kiosk of Altyn's client", ALTYN, "011140004565", "+77012345605", 5814)


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Rails]:
    """A town with Aigul (10 000 DT at Altyn) and two merchants, the switch in front of it."""
    folder = tmp_path
    town = open_town(folder)
    town.stock(ALTYN, 100_000)
    town.rich_phone(AIGUL, 10_000)
    for merchant in (MERCHANT, KIOSK):
        town.phone(merchant)
    with rails(town, folder) as made:
        yield made
    for bank in BANKS:
        check_store(next(folder.rglob(f"*{bank}*.db")))
    town.platform.close()


def dt_tenge(phone: Phone) -> int:
    return phone.balances().dt_tiyn // TENGE


def takings(merchant: Phone) -> int:
    told = merchant.ask("statement", Statement(50))
    assert isinstance(told, Stated)
    return sum(one.change_tiyn for one in told.entries if one.kind == "card takings") // TENGE


def void(of: Message) -> Message:
    kept = {n: of.fields[n] for n in (2, 3, 4, 7, 14, 18, 41, 42, 43, 49)}
    return Message(
        "0400", {**kept, 11: "900001", 90: Original(of.mti, of.stan, of.transmitted, "", "").to_text()}
    )


@pytest.mark.row("DT-P-15")
@pytest.mark.row("DT-C-17")
@pytest.mark.row("DT-C-31")
@pytest.mark.row("DT-C-32")
def test_digital_tenge_become_tenge_at_the_till_and_reach_the_merchant(chain: Rails) -> None:
    town: Town = chain.town
    aigul, merchant, kiosk = (town.phones[one.name] for one in (AIGUL, MERCHANT, KIOSK))
    held = chain.card(AIGUL)
    # Off-us: the shop's bank is Kazpost, the card's Altyn.
    line = chain.terminal(KAZPOST)
    asked = at_till(held.chip(3_779_00), MERCHANT.identifier)
    answer = line.ask(asked, 20)
    assert answer is not None and answer.code == "00", answer
    assert 0x91 in answer.chip_data
    assert dt_tenge(aigul) == 6_221
    assert aigul.balances().noncash_tiyn == 0
    # The same question again is the same purchase.
    assert line.ask(asked, 20) == answer
    assert dt_tenge(aigul) == 6_221
    # One that is taken back.
    other = at_till(held.chip(1_000_00), MERCHANT.identifier)
    said = line.ask(other, 20)
    assert said is not None and said.code == "00"
    assert dt_tenge(aigul) == 5_221
    taken = line.ask(void(other), 20)
    assert taken is not None and taken.code == "00"
    line.close()
    # On-us: nothing passes a network.
    own = chain.terminal(ALTYN, KIOSK.identifier)
    seen = chain.passed("visa")
    bought = own.ask(at_till(held.chip(500_00), KIOSK.identifier), 20)
    assert bought is not None and bought.code == "00"
    assert chain.passed("visa") == seen
    own.close()
    told = chain.close_day()
    assert told["agrees"], told
    by_bank = {one["bank"]: one for one in told["banks"]}
    assert by_bank[ALTYN]["positions"] == {str(KAZPOST): 3_779_00}
    assert by_bank[ALTYN]["merchants"] == {KIOSK.identifier: 500_00}
    assert (takings(merchant), takings(kiosk)) == (3_779, 500)
    assert dt_tenge(aigul) == 5_721


def conversions(phone: Phone) -> list[CardOperation]:
    """Every card operation the bank shows its client."""
    told = phone.ask("card-operations", CardOperationsQuestion(50))
    assert isinstance(told, CardOperationsTold), told
    return list(told.operations)


@pytest.mark.row("DT-S-10")
def test_one_conversion_for_one_authorisation_and_none_once_it_is_declined(chain: Rails) -> None:
    aigul = chain.town.phones[AIGUL.name]
    held = chain.card(AIGUL)
    line = chain.terminal(KAZPOST)
    asked = at_till(held.chip(3_779_00), MERCHANT.identifier)
    answer = line.ask(asked, 20)
    assert answer is not None and answer.code == "00"
    [one] = conversions(aigul)
    assert (one.operation, one.amount_tiyn) == (VISA_STYLE.life_cycle_id(answer), 3_779_00)
    assert dt_tenge(aigul) == 6_221
    # Declined afterwards: the till takes it back.
    taken = line.ask(void(asked), 20)
    assert taken is not None and taken.code == "00"
    line.close()
    soon(lambda: dt_tenge(aigul) == 10_000)
    [one] = conversions(aigul)
    assert one.undone_tiyn == 3_779_00


@pytest.mark.row("DT-M-07")
def test_a_bank_that_is_blocked_with_a_conversion_done_and_its_answer_on_the_way(chain: Rails) -> None:
    aigul = chain.town.phones[AIGUL.name]
    before = dt_tenge(aigul)
    held = chain.card(AIGUL, number=3)
    asked = at_till(held.chip(200_00), MERCHANT.identifier)
    answers: list[Message | None] = []
    line = chain.terminal(KAZPOST)
    chain.holding = True
    asking = threading.Thread(target=lambda: answers.append(line.ask(asked, 20)))
    asking.start()
    soon(lambda: bool(chain.held))
    assert dt_tenge(aigul) == before - 200
    chain.town.platform.gateway.block(ALTYN)
    asking.join(20)
    chain.holding = False
    assert [one.code for one in answers if one] == ["91"]
    chain.town.platform.gateway.block(ALTYN, blocked=False)
    soon(lambda: dt_tenge(aigul) == before)
    line.close()
    assert chain.close_day()["mismatches"] == []


@pytest.mark.row("DT-C-05")
def test_a_merchant_nobody_has_registered_is_paid_all_the_same(chain: Rails) -> None:
    held = chain.card(AIGUL, number=2)
    line = chain.terminal(KAZPOST, "770000000001")
    answer = line.ask(at_till(held.chip(100_00), "770000000001"), 20)
    line.close()
    assert answer is not None and answer.code == "00"
    told = chain.close_day()
    [kazpost] = [one for one in told["banks"] if one["bank"] == KAZPOST]
    assert kazpost["merchants"] == {"770000000001": 100_00}
    # The bank keeps it under that name, and says so, until somebody knows whose it is.
    assert kazpost["differences"] == [{"what": "770000000001", "bank_tiyn": 0, "switch_tiyn": 100_00}]
