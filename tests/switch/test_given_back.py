"""Bought at one bank's till, given back at another's, taken back at the first: everybody's books follow the
issuing bank's, which never gives back more than was paid."""

from pathlib import Path

from card_switch.core.relay import Relay
from card_switch.core.rows import State
from tender.account.participants import ALTYN, KAZPOST
from tender.card.iso8583.message import Message, Original, amount_text
from tender.card.response_codes import CUSTOMER_CANCELLED
from tests.bank_cards.books import check_store
from tests.patience import soon
from tests.platform_stub.people import AIGUL, TENGE
from tests.switch.rails import Rails, at_till
from tests.switch.test_chain import KIOSK, chain, dt_tenge, void

__all__ = ["chain"]
"""A fixture."""


def refund(of: Message, tenge: int, stan: int) -> Message:
    """A part of it goes back, at a till of another bank."""
    kept = {number: of.fields[number] for number in (2, 7, 14, 18, 41, 42, 43, 49)}
    named = Original(of.mti, of.stan, of.transmitted, str(ALTYN), "").to_text()
    more = {3: "200000", 4: amount_text(tenge * TENGE), 11: f"{stan:06}", 22: "011", 25: "00", 90: named}
    return Message("0200", kept | more)


def test_a_purchase_is_taken_back_that_another_bank_gave_back(chain: Rails, tmp_path: Path) -> None:
    aigul, held = chain.town.phones[AIGUL.name], chain.card(AIGUL)
    own, other = chain.terminal(ALTYN, KIOSK.identifier), chain.terminal(KAZPOST, KIOSK.identifier)
    acquirer = chain.hosts.board.nodes[f"acquirer-{ALTYN}"]
    assert isinstance(acquirer, Relay)

    def standing() -> list[int]:
        return [one.stands_tiyn // TENGE for one in acquirer.conversations.values() if one.kind == "00"
                and one.state in (State.APPROVED, State.REVERSED)]  # fmt: skip

    bought = []
    for number in (1, 2):
        asked = at_till(held.chip(1_000_00), KIOSK.identifier).having({11: f"{number:06}"})
        for line, said in ((own, asked), (other, refund(asked, 300, 70 + number))):
            answer = line.ask(said, 20)
            assert answer is not None and answer.code == "00", answer
        bought.append(asked)
    assert dt_tenge(aigul) == 8_000 and standing() == [1_000, 1_000]
    # The first is void: its own bank does not know of the refund and asks its issuer, which says no.
    first = own.ask(void(bought[0]).having({39: CUSTOMER_CANCELLED}), 20)
    # Of the second nobody knows the end: what can be is taken back, and the rest stands for the refund.
    second = own.ask(void(bought[1]).having({11: "900002"}), 20)
    assert first is not None and second is not None and (first.code, second.code) == ("12", "00")

    def settled() -> bool:
        chain.town.clock.advance(10)
        chain.in_loop(lambda: None)
        return standing() == [1_000, 300]

    soon(settled)
    chain.town.clock.advance(40)
    node = chain.town.platform.banks[ALTYN]
    for _ in range(3):
        node.card_moves.tick()
    assert dt_tenge(aigul) == 9_300, "300 of the first, and all of the second"
    assert not chain.close_day()["mismatches"]
    with node.desk.store.reading() as rows:
        assert rows.account("card-payable") == rows.account("card-owed") == 0
    check_store(next(tmp_path.rglob(f"*{ALTYN}*.db")))
