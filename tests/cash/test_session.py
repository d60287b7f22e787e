"""Conversations between two devices: the two flows, and every place where they can be cut."""

import pytest

from tender.cash.chain import verify_chain
from tender.cash.session_events import News
from tender.cash.session_state import Phase
from tests.cash.two_devices import Phone, PowerCut, carry, kind_of
from tests.mint import EURASIAN, Mint

PRICE = 30_000
LOADED = 50_000


def couple(two_way: bool, loads: tuple[int, ...] = (LOADED,)) -> tuple[Phone, Phone]:
    """Aigul with money and Dana who asks."""
    mint = Mint()
    trust = mint.trust()
    aigul, dana = mint.device("Aigul"), mint.device("Dana", EURASIAN)
    tokens = [mint.load(aigul, amount, seed=str(place)) for place, amount in enumerate(loads)]
    return Phone("Aigul", trust, [aigul], tokens, two_way), Phone("Dana", trust, [dana])


def phases(*phones: Phone) -> list[Phase | None]:
    return [phone.state.phase if phone.state else None for phone in phones]


@pytest.mark.row("DT-O-01")
@pytest.mark.parametrize(
    ("two_way", "said"),
    [
        (False, [("Dana", "request"), ("Aigul", "transfer"), ("Dana", "receipt")]),
        (
            True,
            [
                ("Dana", "request"),
                ("Aigul", "offer"),
                ("Dana", "ready"),
                ("Aigul", "transfer"),
                ("Dana", "receipt"),
            ],
        ),
    ],
    ids=["one-way", "two-way"],
)
def test_a_payment_with_exact_change(two_way: bool, said: list[tuple[str, str]]) -> None:
    aigul, dana = couple(two_way)
    dana.ask_for(PRICE)
    conversation = []
    while aigul.outbox or dana.outbox:
        for sender, hearer in ((dana, aigul), (aigul, dana)):
            if sender.outbox:
                data = sender.outbox.pop(0)
                conversation.append((sender.name, kind_of(data)))
                hearer.hear(data)
    assert conversation == said
    assert (aigul.balance_tiyn, dana.balance_tiyn) == (LOADED - PRICE, PRICE)
    assert phases(aigul, dana) == [Phase.DONE, Phase.CLOSED]
    assert aigul.asked[0].request.amount_tiyn == PRICE
    assert [show.outcome for show in dana.shown][-1] is News.RECEIVED
    assert [show.outcome for show in aigul.shown][-1] is News.ACKNOWLEDGED


@pytest.mark.parametrize("two_way", [False, True], ids=["one-way", "two-way"])
def test_one_payment_may_carry_several_tokens(two_way: bool) -> None:
    aigul, dana = couple(two_way, loads=(10_000, 15_000, 20_000))
    dana.ask_for(PRICE)
    carry(dana, aigul)
    assert (aigul.balance_tiyn, dana.balance_tiyn) == (15_000, PRICE)
    assert len(dana.tokens) == 3


@pytest.mark.row("DT-O-05")
def test_received_money_pays_on_before_anybody_was_online() -> None:
    mint = Mint()
    trust = mint.trust()
    names = {name: mint.device(name) for name in ("Aigul", "Dana", "M")}
    aigul = Phone("Aigul", trust, [names["Aigul"]], [mint.load(names["Aigul"], 50_000)])
    dana, merchant = Phone("Dana", trust, [names["Dana"]]), Phone("M", trust, [names["M"]])
    dana.ask_for(50_000)
    carry(dana, aigul)
    dana.disk = b""
    merchant.ask_for(30_000)
    carry(merchant, dana)
    assert (dana.balance_tiyn, merchant.balance_tiyn) == (20_000, 30_000)


def recover(aigul: Phone, dana: Phone) -> None:
    """Both come back and send again what they owe, as often as the wire needs."""
    for _ in range(3):
        for phone in (dana, aigul):
            phone.die()
            phone.resume()
        carry(dana, aigul)
        if phases(aigul, dana) == [Phase.DONE, Phase.CLOSED]:
            return


@pytest.mark.row("DT-O-12")
@pytest.mark.parametrize("two_way", [False, True], ids=["one-way", "two-way"])
def test_a_cut_after_each_message_in_turn_loses_and_doubles_nothing(two_way: bool) -> None:
    whole = 5 if two_way else 3
    for cut in range(whole + 1):
        aigul, dana = couple(two_way)
        dana.ask_for(PRICE)
        carried = 0
        while carried < cut and (aigul.outbox or dana.outbox):
            sender, hearer = (dana, aigul) if dana.outbox else (aigul, dana)
            hearer.hear(sender.outbox.pop(0))
            carried += 1
        for phone in (aigul, dana):
            phone.die()  # the wire is cut: what was on its way is gone
        in_hand = aigul.balance_tiyn + dana.balance_tiyn
        assert in_hand <= LOADED, f"doubled after message {cut}"
        outputs = [verify_chain(one, aigul.trust).output for one in (*aigul.tokens, *dana.tokens)]
        assert len(set(outputs)) == len(outputs)
        recover(aigul, dana)
        assert (aigul.balance_tiyn, dana.balance_tiyn) == (LOADED - PRICE, PRICE), f"cut after {cut}"
        assert len(aigul.element.links) == 1, "a second link was signed"


@pytest.mark.row("DT-O-12")
@pytest.mark.row("DT-Z-01")
@pytest.mark.parametrize("two_way", [False, True], ids=["one-way", "two-way"])
@pytest.mark.parametrize("victim", ["Aigul", "Dana"])
def test_a_kill_before_each_act_of_either_side_loses_and_doubles_nothing(two_way: bool, victim: str) -> None:
    died = 0
    for kill_at in range(40):
        aigul, dana = couple(two_way)
        hit = aigul if victim == "Aigul" else dana
        hit.die_after = kill_at
        try:
            dana.ask_for(PRICE)
            carry(dana, aigul)
        except PowerCut:
            died += 1
        aigul.die()
        dana.die()
        assert aigul.balance_tiyn + dana.balance_tiyn <= LOADED
        if not dana.disk:
            dana.ask_for(PRICE)  # the request never existed: the person asks again
        recover(aigul, dana)
        if phases(aigul, dana) != [Phase.DONE, Phase.CLOSED]:
            carry(dana, aigul)
        assert (aigul.balance_tiyn, dana.balance_tiyn) == (LOADED - PRICE, PRICE), f"killed at act {kill_at}"
        assert len(aigul.element.links) == 1
    assert died >= 4, "the kills must have happened inside the conversation"


@pytest.mark.row("DT-Z-01")
@pytest.mark.parametrize("two_way", [False, True], ids=["one-way", "two-way"])
def test_every_message_twice_and_in_any_order_changes_no_balance_wrongly(two_way: bool) -> None:
    aigul, dana = couple(two_way)
    dana.ask_for(PRICE)
    carry(dana, aigul)
    links = aigul.element.signed
    said = [(dana, data) for data in aigul.sent] + [(aigul, data) for data in dana.sent]
    for turn in range(len(said) * 2):
        hearer, data = said[(turn * 3 + turn // 2) % len(said)]
        hearer.hear(data)
        other, stray = said[-1 - turn % len(said)]
        other.hear(stray)
        aigul.outbox.clear()
        dana.outbox.clear()
    assert (aigul.balance_tiyn, dana.balance_tiyn) == (LOADED - PRICE, PRICE)
    assert aigul.element.signed == links, "nothing may be signed again"


def test_a_lost_receipt_comes_again_in_the_same_bytes() -> None:
    aigul, dana = couple(two_way=False)
    dana.ask_for(PRICE)
    aigul.hear(dana.outbox.pop(0))
    transfer = aigul.outbox.pop(0)
    dana.hear(transfer)
    first = dana.outbox.pop(0)
    dana.hear(transfer)
    second = dana.outbox.pop(0)
    assert kind_of(first) == "receipt" and first == second
    assert dana.balance_tiyn == PRICE


def test_paying_a_request_again_sends_the_same_bytes_again() -> None:
    aigul, dana = couple(two_way=False)
    dana.ask_for(PRICE)
    request = dana.outbox.pop(0)
    aigul.hear(request)
    aigul.hear(request)
    assert len(aigul.outbox) == 2 and aigul.outbox[0] == aigul.outbox[1]
    assert len(aigul.asked) == 1 and aigul.balance_tiyn == LOADED - PRICE


def test_saying_no_moves_nothing_and_can_be_thought_over() -> None:
    aigul, dana = couple(two_way=False)
    aigul.says_yes = False
    dana.ask_for(PRICE)
    request = dana.outbox[0]
    carry(dana, aigul)
    assert aigul.balance_tiyn == LOADED and not aigul.element.links
    assert [code.value for code in dana.codes] == ["payer-declined"]
    aigul.says_yes = True
    aigul.hear(request)
    carry(dana, aigul)
    assert dana.balance_tiyn == PRICE


def test_resuming_changes_nothing_that_was_settled() -> None:
    aigul, dana = couple(two_way=True)
    dana.ask_for(PRICE)
    carry(dana, aigul)
    before = (aigul.disk, dana.disk, aigul.tokens, dana.tokens)
    for _ in range(3):
        aigul.resume()
        dana.resume()
        carry(dana, aigul)
    assert (aigul.disk, dana.disk, aigul.tokens, dana.tokens) == before
