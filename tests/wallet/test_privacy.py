"""The user alone decides whether a name is shown; each request has a key of its own."""

import pytest

from tender.cash.messages import RequestMessage, open_message
from tender.errors import Code, DeviceError
from tests.wallet.village import Village, approved, good, hand_over
from town.cast import AIGUL, BOLAT, DANA, MERCHANT


@pytest.mark.row("DT-A-01")
@pytest.mark.parametrize("shown", [False, True])
def test_a_payers_name_is_shown_exactly_when_the_payer_wants(village: Village, shown: bool) -> None:
    """Hidden: Dana's wallet and history show no name or phone, and no byte carries them. Shown: both."""
    aigul, dana = village.wallet(AIGUL, 200_000, shown=not shown), village.wallet(DANA)
    aigul.life.show_name(shown)
    request = good(dana.money.request(50_000))
    transfer = approved(aigul.money, request.message).messages[0]
    told = good(dana.money.receive(transfer))
    good(aigul.money.receive(told.messages[0]))
    seen = good(dana.view.payment(request.payment.hex()))
    assert told.party == seen.party == ("Aigul" if shown else "")
    crossed = transfer + told.messages[0]
    assert (b"Aigul" in crossed) is shown
    assert (AIGUL.phone.encode() in crossed) is shown


def gone(*_: object) -> None:
    """The element was taken away."""
    raise DeviceError(Code.ELEMENT_MISSING, "element")


@pytest.mark.row("DT-A-01")
@pytest.mark.parametrize("cut", [False, True], ids=["before signing", "cut while signing"])
def test_a_name_hidden_between_offer_and_links_does_not_travel(
    village: Village, monkeypatch: pytest.MonkeyPatch, cut: bool
) -> None:
    aigul, dana = village.wallet(AIGUL, 200_000, shown=True), village.wallet(DANA)
    request = good(dana.money.request(50_000))
    offer = approved(aigul.money, request.message, two_way=True).messages[0]
    ready = good(dana.money.receive(offer)).messages[0]
    if cut:
        with monkeypatch.context() as patch, pytest.raises(DeviceError):
            patch.setattr(type(aigul.desk.element), "sign_links", gone)
            aigul.money.receive(ready)
    aigul.life.show_name(False)
    transfer = good(aigul.money.receive(ready)).messages[-1]
    assert b"Aigul" not in transfer
    told = good(dana.money.receive(transfer))
    assert (told.status, told.party) == ("received", "")


@pytest.mark.row("DT-A-01")
@pytest.mark.parametrize("shown", [False, True])
def test_a_payees_name_is_shown_exactly_when_the_payee_wants(village: Village, shown: bool) -> None:
    aigul, dana = village.wallet(AIGUL, 200_000), village.wallet(DANA, shown=shown)
    request = good(dana.money.request(50_000))
    assert (b"Dana" in request.message) is shown
    proposal = aigul.money.propose(request.message)
    assert getattr(proposal, "name", None) == ("Dana" if shown else "")
    hand_over(aigul, dana, 1_000)
    assert [one.party for one in aigul.view.history() if one.status == "paid"] == ["Dana" if shown else ""]


@pytest.mark.row("DT-A-01")
@pytest.mark.parametrize("shown", [False, True])
def test_the_switch_holds_online_too(village: Village, shown: bool) -> None:
    """Enrolled with the opposite: from the switch on, Bolat sees the name of who paid him, or sees none; and
    whoever pays Aigul is told hers before paying, or is not."""
    aigul, bolat = village.wallet(AIGUL, shown=not shown), village.wallet(BOLAT)
    good(aigul.bank.convert("to-dt", 100_000))
    assert aigul.life.show_name(shown) is True
    good(aigul.bank.transfer("phone", BOLAT.phone, 40_000, "rent"))
    (entry,) = good(bolat.bank.statement(1)).entries
    assert entry.party == ("Aigul" if shown else "")
    assert good(bolat.bank.transfer("phone", AIGUL.phone, 10_000, "")).payee == ("Aigul" if shown else None)


@pytest.mark.row("DT-A-01")
def test_a_switch_turned_while_the_bank_was_away_is_told_before_the_next_payment(village: Village) -> None:
    """Only the last turn of it, and not after the money."""
    aigul, bolat = village.wallet(AIGUL, shown=True), village.wallet(BOLAT)
    good(aigul.bank.convert("to-dt", 100_000))
    village.line.away = True
    assert [aigul.life.show_name(shown) for shown in (False, True, False)] == [False, False, False]
    village.line.away = False
    village.line.sent.clear()
    good(aigul.bank.transfer("phone", BOLAT.phone, 40_000, "rent"))
    assert [path.rsplit("/", 1)[1] for path in village.line.sent] == ["show-name", "transfer"]
    assert [one.party for one in good(bolat.bank.statement(1)).entries] == [""]
    village.line.away = True
    aigul.life.show_name(True)
    village.line.away = False
    good(aigul.settling.sync())
    client = village.client(AIGUL)
    assert client.name_shown


def test_a_name_never_stands_in_the_money_itself(village: Village) -> None:
    """The next holder of the money learns nothing of whoever showed a name to the one before."""
    aigul, dana, merchant = (
        village.wallet(AIGUL, 200_000, single=True, shown=True),
        village.wallet(DANA, shown=True),
        village.wallet(MERCHANT),
    )
    hand_over(aigul, dana, 200_000)
    dana.life.show_name(False)
    request = good(merchant.money.request(30_000))
    transfer = approved(dana.money, request.message).messages[0]
    for private in (b"Aigul", b"Dana", AIGUL.phone.encode(), DANA.phone.encode()):
        assert private not in transfer


def test_each_request_has_a_key_of_its_own(village: Village) -> None:
    """So long as there are fresh keys; when they run out, payment goes on with a nonce."""
    dana = village.wallet(DANA)
    stock = len(dana.desk.fresh_keys())
    village.line.away = True
    keys: list[tuple[bytes, bytes]] = []
    for _ in range(stock + 3):
        message = open_message(good(dana.money.request(100)).message)
        assert isinstance(message, RequestMessage)
        keys.append((message.request.key, message.request.nonce))
    assert len({key for key, _ in keys}) == stock
    assert [len(nonce) for _, nonce in keys] == [0] * stock + [8] * 3
    assert len(set(keys)) == stock + 3


def test_requests_under_a_reused_key_are_paid_apart(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 200_000), village.wallet(DANA)
    for _ in range(len(dana.desk.fresh_keys())):
        good(dana.money.request(100))
    hand_over(aigul, dana, 30_000)
    hand_over(aigul, dana, 20_000)
    assert dana.view.balance().spendable_tiyn == 50_000
