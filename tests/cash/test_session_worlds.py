"""Random worlds of two devices: messages lost, doubled, late and out of order, either side killed before any
of its acts, the payee giving up in the middle. Whatever happens, money is neither lost nor doubled."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tender.cash.chain import verify_chain
from tender.cash.session_state import Phase
from tests.cash.test_session import LOADED, PRICE, couple
from tests.cash.two_devices import Phone, PowerCut, carry

SETTLED = {(LOADED - PRICE, PRICE), (LOADED, 0)}
AT_REST = {None, Phase.DECLINED, Phase.DONE, Phase.RETURNED}

ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("deliver"), st.integers(0, 20), st.booleans()),
        st.tuples(st.just("kill"), st.booleans(), st.integers(0, 5)),
        st.tuples(st.just("resume"), st.booleans(), st.none()),
        st.tuples(st.just("cancel"), st.none(), st.none()),
        st.tuples(st.just("no"), st.booleans(), st.none()),
    ),
    max_size=30,
)


def survive(phone: Phone, act: object) -> None:
    """Do it; if the power goes, come back with what the disk has."""
    try:
        act()  # type: ignore[operator]
    except PowerCut:
        phone.die()


def check_nothing_doubled(aigul: Phone, dana: Phone) -> None:
    outputs = [verify_chain(one, aigul.trust).output for one in (*aigul.tokens, *dana.tokens)]
    assert len(set(outputs)) == len(outputs)
    assert aigul.balance_tiyn + dana.balance_tiyn <= LOADED


@given(two_way=st.booleans(), acts=ACTS)
@settings(max_examples=150, deadline=None)
def test_money_is_neither_lost_nor_doubled(two_way: bool, acts: list[tuple[str, object, object]]) -> None:
    aigul, dana = couple(two_way, loads=(20_000, LOADED - 20_000))
    on_the_way: list[tuple[Phone, bytes]] = []

    def collect() -> None:
        for sender, hearer in ((aigul, dana), (dana, aigul)):
            on_the_way.extend((hearer, data) for data in sender.outbox)
            sender.outbox = []

    survive(dana, lambda: dana.ask_for(PRICE))
    collect()
    for name, first, second in acts:
        if name == "deliver" and on_the_way:
            place = int(str(first)) % len(on_the_way)
            hearer, data = on_the_way[place] if second else on_the_way.pop(place)
            survive(hearer, lambda to=hearer, said=data: to.hear(said))
        elif name == "kill":
            hit = aigul if first else dana
            hit.die()
            hit.die_after = int(str(second))
        elif name == "resume":
            phone = aigul if first else dana
            survive(phone, phone.resume)
        elif name == "cancel" and dana.disk:
            survive(dana, dana.cancel)
        elif name == "no":
            aigul.says_yes = bool(first)
        collect()
        check_nothing_doubled(aigul, dana)
    for _ in range(4):
        for phone in (dana, aigul):
            phone.die()
            phone.resume()
        carry(dana, aigul)
    check_nothing_doubled(aigul, dana)
    assert (aigul.balance_tiyn, dana.balance_tiyn) in SETTLED
    assert (aigul.state.phase if aigul.state else None) in AT_REST, (
        "the payer is left with nothing to wait for"
    )
    if dana.balance_tiyn:
        assert aigul.state is not None and aigul.state.phase is Phase.DONE, "moved, and both know"
