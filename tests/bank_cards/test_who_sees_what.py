"""What passes over the card link and what leaves the bank for a card's sake, read byte by byte
(docs/privacy.md, "A purchase by card")."""

from platform_stub.store.desk_rows import Evidence
from tender.account.card_messages import CloseDay, DayLine, MerchantCredit, Position
from tender.account.participants import ALTYN, KAZPOST, NBK, NOTARY
from tests.bank_cards.host import KIOSK, Host, aigul_with_card, card_of
from tests.platform_stub.people import AIGUL, MERCHANT, NOW, TENGE, Town

PAN = "4111111111111111"


def everything_personal(address: bytes) -> list[bytes]:
    """Of the client: name, phone, IIN, account, and of the card its number, as text and as packed digits."""
    texts = (AIGUL.name, AIGUL.phone, AIGUL.phone[1:], AIGUL.identifier, PAN)
    packed = (AIGUL.identifier, PAN)
    numbers = (int(AIGUL.identifier), int(AIGUL.phone[1:]))
    return [
        *(text.encode() for text in texts),
        *(bytes.fromhex(text) for text in packed),
        *(number.to_bytes(8, "big") for number in numbers),
        address,
    ]


def found_in(data: bytes, wanted: list[bytes]) -> list[bytes]:
    """Which of these stand in the bytes."""
    return [one for one in wanted if one in data]


def exchanges(town: Town, who: int) -> list[Evidence]:
    """Every order this participant heard or sent, with its answer."""
    platform = town.platform
    desks = {NBK: platform.nbk.desk.store, NOTARY: platform.notary.desk.store}
    with (desks.get(who) or platform.banks[who].desk.store).reading() as rows:
        return rows.evidence(most=100_000)


def test_a_purchase_tells_the_link_nothing_of_the_client(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    bank = hosts[ALTYN]
    bank.wire.clear()
    bank.authorise("visa-1", 300, card=card)
    bank.undo("visa-1", 100)
    bank.balance("visa-2", card)
    assert KIOSK.name.encode() in bank.wire and card_of(AIGUL) in bank.wire
    assert found_in(bytes(bank.wire), everything_personal(aigul.address)) == []


def test_the_day_tells_the_national_bank_and_the_merchants_bank_sums_and_the_notary_ids(
    town: Town, hosts: dict[int, Host]
) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    town.phone(MERCHANT)
    address = aigul.address
    told: dict[int, bytearray] = {NBK: bytearray(), NOTARY: bytearray(), KAZPOST: bytearray()}
    before = {name: len(exchanges(town, name)) for name in told}
    hosts[ALTYN].authorise("visa-1", 300, card=card)
    town.clock.advance(60)
    town.platform.tick()
    line, paid = DayLine("visa-1", 300 * TENGE), Position(KAZPOST, 300 * TENGE)
    hosts[ALTYN].ask(CloseDay("day-1", 1, 1, 1, (line,), (), (paid,), NOW + 3_600))
    merchants = (MerchantCredit(KIOSK.merchant, 300 * TENGE),)
    owed = (Position(ALTYN, -300 * TENGE),)
    hosts[KAZPOST].ask(CloseDay("day-2", 1, 1, 1, (), merchants, owed, NOW + 3_600))
    for name in told:
        for one in exchanges(town, name)[before[name] :]:
            told[name] += one.order_raw + one.reply_raw
    assert all(told.values())
    for heard in told.values():
        wanted = [*everything_personal(address), card, b"visa-1", KIOSK.name.encode()]
        assert found_in(bytes(heard), wanted) == []
