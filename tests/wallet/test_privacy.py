"""Who sees what: the user alone decides whether a name is shown, and a shop sees less than with a card."""

import pytest

from tender.cash.chain import verify_chain
from tender.cash.messages import RequestMessage, Transfer, open_message
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


CARD_FIELDS = {"card number", "expiry date", "cardholder name", "service code", "card issuer"}
"""Personal fields a merchant sees of a chip card (EMV Book 3: tags 5A, 5F24, 5F20, 5F30; issuer in 5A)."""


@pytest.mark.row("DT-A-03")
def test_a_shop_sees_fewer_personal_fields_than_with_a_card(village: Village) -> None:
    """Everything Merchant M receives from Aigul's wallet, field by field."""
    aigul, merchant = village.wallet(AIGUL, 200_000, shown=False), village.wallet(MERCHANT)
    first, second = (good(merchant.money.request(10_000)) for _ in range(2))
    seen, crossed = [], b""
    for request in (first, second):
        message = open_message(approved(aigul.money, request.message).messages[0])
        assert isinstance(message, Transfer)
        assert message.attestation is None
        for packed in message.tokens:
            last = verify_chain(packed, merchant.desk.trust).spends[-1]
            certificate = last.device_certificate()
            assert certificate.business_number is None
            seen.append((certificate.serial, last.signer))
            crossed += packed
    settings = aigul.desk.settings
    private = [
        AIGUL.number.encode(),
        AIGUL.phone.encode(),
        b"Aigul",
        aigul.desk.element.identity,
        settings.account or b"?",
    ]
    assert all(one not in crossed for one in private)
    assert len(set(seen)) == 2, "two payments of one device show two pseudonyms"
    wallet_fields = {"bank of the pseudonym"}
    assert len(wallet_fields) < len(CARD_FIELDS)


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
