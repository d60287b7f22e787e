"""The end of a day: own cards line by line, merchants credited, and the rest between banks to the tiyn."""

from platform_stub.nbk.national_bank import correspondent
from tender.account.card_messages import (
    RETURN,
    CloseDay,
    DayClosed,
    DayLine,
    Difference,
    MerchantCredit,
    Position,
)
from tender.account.client_messages import Stated, Statement
from tender.account.participants import ALTYN, KAZPOST
from tender.errors import Code, Refusal
from tests.bank_cards.books import check_books
from tests.bank_cards.host import Host, aigul_with_card
from tests.platform_stub.people import MERCHANT, NOW, TENGE, Phone, Town

DAY = NOW // 86_400
UNTIL = NOW + 3_600
M = MERCHANT.identifier + "001"


def day(
    lines: dict[str, int] | None = None,
    merchants: dict[str, int] | None = None,
    positions: dict[int, int] | None = None,
    *,
    number: int = DAY,
    part: int = 1,
    parts: int = 1,
) -> CloseDay:
    """A day of one bank, in whole tenge."""
    return CloseDay(
        f"day {number} part {part}",
        number,
        part,
        parts,
        tuple(DayLine(name, tenge * TENGE) for name, tenge in (lines or {}).items()),
        tuple(MerchantCredit(name, tenge * TENGE) for name, tenge in (merchants or {}).items()),
        tuple(Position(bank, tenge * TENGE) for bank, tenge in (positions or {}).items()),
        UNTIL,
    )


def close(host: Host, order: CloseDay) -> DayClosed:
    """Close it."""
    reply = host.ask(order)
    assert isinstance(reply, DayClosed)
    return reply


def takings(merchant: Phone) -> int:
    """What cards brought, whole tenge."""
    told = merchant.ask("statement", Statement(50))
    assert isinstance(told, Stated)
    return sum(one.change_tiyn for one in told.entries if one.kind == "card takings") // TENGE


def stands(town: Town, bank: int) -> tuple[int, int]:
    """A bank's correspondent account in its own books and in the National Bank's, whole tenge."""
    with town.platform.banks[bank].desk.store.reading() as rows:
        own = rows.account("correspondent")
    with town.platform.nbk.desk.store.reading() as nbk:
        return own // TENGE, nbk.account(correspondent(bank)) // TENGE


def test_a_day_moves_from_the_clients_conversion_to_the_merchants_account(
    town: Town, hosts: dict[int, Host]
) -> None:
    aigul, card = aigul_with_card(town, hosts, 10_000)
    merchant = town.phone(MERCHANT)
    issuer, acquirer = hosts[ALTYN], hosts[KAZPOST]
    issuer.authorise("visa-1", 3_779, card=card)
    issuer.authorise("visa-2", 500, card=card)
    issuer.undo("visa-2", 200)
    issuer.authorise("visa-3", 50, card=card)
    issuer.undo("visa-3")
    issuer.credit("return-1", "visa-1", 1_000, card=card, kind=RETURN)
    town.clock.advance(60)
    town.platform.banks[ALTYN].card_moves.tick()
    check_books(town, ALTYN, payable=3_079)
    before = stands(town, ALTYN), stands(town, KAZPOST)
    told = close(issuer, day({"visa-1": 3_779, "visa-2": 300, "return-1": -1_000}, {}, {KAZPOST: 3_079}))
    assert (told.code, told.issued_tiyn, told.differences) == ("", 3_079 * TENGE, ())
    told = close(acquirer, day({}, {M: 3_079}, {ALTYN: -3_079}))
    assert (told.code, told.issued_tiyn, told.differences) == ("", 0, ())
    after = stands(town, ALTYN), stands(town, KAZPOST)
    assert after == tuple(
        (own + change, nbk + change) for (own, nbk), change in zip(before, (-3_079, 3_079), strict=True)
    )
    for bank in (ALTYN, KAZPOST):
        check_books(town, bank)
    assert takings(merchant) == 3_079
    assert merchant.balances().noncash_tiyn == 3_079 * TENGE
    assert aigul.balances().dt_tiyn == (10_000 - 3_079) * TENGE


def test_the_same_day_closed_twice_is_closed_once(town: Town, hosts: dict[int, Host]) -> None:
    _, card = aigul_with_card(town, hosts, 1_000)
    merchant = town.phone(MERCHANT)
    hosts[ALTYN].authorise("visa-1", 300, card=card)
    issued = [close(hosts[ALTYN], day({"visa-1": 300}, {}, {KAZPOST: 300})) for _ in range(2)]
    acquired = [close(hosts[KAZPOST], day({}, {M: 300}, {ALTYN: -300})) for _ in range(2)]
    assert issued[0] == issued[1]
    assert acquired[0] == acquired[1]
    assert merchant.balances().noncash_tiyn == 300 * TENGE
    assert close(hosts[ALTYN], day({"visa-1": 301}, {}, {KAZPOST: 301})).code == Code.REQUEST_REPLAYED
    check_books(town, ALTYN, converting=300)


def test_a_day_in_parts_counts_with_its_last_one(town: Town, hosts: dict[int, Host]) -> None:
    _, card = aigul_with_card(town, hosts, 1_000)
    for number in (1, 2, 3):
        hosts[ALTYN].authorise(f"visa-{number}", 100, card=card)
    first = close(hosts[ALTYN], day({"visa-1": 100, "visa-2": 100}, part=1, parts=2))
    assert (first.code, first.issued_tiyn) == ("", 0)
    check_books(town, ALTYN, converting=300, payable=300)
    last = close(hosts[ALTYN], day({"visa-3": 100}, {}, {KAZPOST: 300}, part=2, parts=2))
    assert (last.code, last.issued_tiyn, last.differences) == ("", 300 * TENGE, ())
    check_books(town, ALTYN, converting=300)


def test_every_line_that_differs_is_named(town: Town, hosts: dict[int, Host]) -> None:
    _, card = aigul_with_card(town, hosts, 1_000)
    for number in (1, 2):
        hosts[ALTYN].authorise(f"visa-{number}", 100, card=card)
    told = close(hosts[ALTYN], day({"visa-1": 90, "visa-7": 50}, {}, {KAZPOST: 140}))
    assert told.code == ""
    assert told.issued_tiyn == 200 * TENGE
    assert set(told.differences) == {
        Difference("visa-1", 100 * TENGE, 90 * TENGE),
        Difference("visa-7", 0, 50 * TENGE),
        Difference("visa-2", 100 * TENGE, 0),
    }
    # What was late is settled the day after, and then nothing differs.
    told = close(hosts[ALTYN], day({"visa-1": 10, "visa-2": 100}, {}, {KAZPOST: 110}, number=DAY + 1))
    assert (told.issued_tiyn, told.differences) == (110 * TENGE, ())
    check_books(town, ALTYN, converting=200)
    told = close(hosts[KAZPOST], day({}, {"990000000000999": 250}, {ALTYN: -250}))
    unpaid = Difference("990000000000999", 0, 250 * TENGE)
    assert told.differences == (unpaid,)
    # Nobody's money is forgotten: it differs on every later day until it is somebody's.
    for later in (1, 2):
        assert close(hosts[KAZPOST], day(number=DAY + later)).differences == (unpaid,)


def test_takings_of_a_stranger_are_paid_once_it_is_a_client(town: Town, hosts: dict[int, Host]) -> None:
    told = close(hosts[KAZPOST], day({}, {M: 250}, {ALTYN: -250}))
    assert told.differences == (Difference(M, 0, 250 * TENGE),)
    merchant = town.phone(MERCHANT)
    before_tiyn = merchant.balances().noncash_tiyn
    for later in (1, 2):
        assert close(hosts[KAZPOST], day(number=DAY + later)).differences == ()
    assert merchant.balances().noncash_tiyn == before_tiyn + 250 * TENGE
    with town.platform.banks[KAZPOST].desk.store.reading() as rows:
        assert rows.account(f"card-settlement:{M}") == 0


def test_what_a_merchant_gave_back_beyond_its_balance_waits_as_its_debt(
    town: Town, hosts: dict[int, Host]
) -> None:
    merchant = town.phone(MERCHANT)
    stood_tiyn = merchant.balances().noncash_tiyn
    tenge = stood_tiyn // TENGE + 300
    owed = Difference(M, 0, -tenge * TENGE)
    assert close(hosts[KAZPOST], day({}, {M: -tenge}, {ALTYN: tenge})).differences == (owed,)
    assert merchant.balances().noncash_tiyn == stood_tiyn
    assert close(hosts[KAZPOST], day({}, {M: 500}, {ALTYN: -500}, number=DAY + 1)).differences == ()
    assert merchant.balances().noncash_tiyn == stood_tiyn + (500 - tenge) * TENGE


def test_a_day_whose_sums_do_not_meet_books_nothing(town: Town, hosts: dict[int, Host]) -> None:
    _, card = aigul_with_card(town, hosts, 1_000)
    hosts[ALTYN].authorise("visa-1", 100, card=card)
    assert close(hosts[ALTYN], day({"visa-1": 100}, {}, {KAZPOST: 99})).code == Code.SUMS_DIFFER
    check_books(town, ALTYN, converting=100, payable=100)
    assert close(hosts[ALTYN], day({"visa-1": 100}, {}, {KAZPOST: 100})).code == ""


def test_on_us_and_at_the_banks_own_atm_no_other_bank_is_asked(town: Town, hosts: dict[int, Host]) -> None:
    _, card = aigul_with_card(town, hosts, 1_000)
    hosts[ALTYN].authorise("visa-1", 400, card=card)
    before = stands(town, ALTYN)
    assert close(hosts[ALTYN], day({"visa-1": 400}, {"": 400}, {})).differences == ()
    assert stands(town, ALTYN) == before
    check_books(town, ALTYN, converting=400)


def test_a_bank_that_cannot_pay_yet_pays_when_it_can(town: Town, hosts: dict[int, Host]) -> None:
    _, card = aigul_with_card(town, hosts, 1_000)
    hosts[ALTYN].authorise("visa-1", 400, card=card)
    town.platform.gateway.block(ALTYN)  # nothing of this bank reaches the National Bank
    close(hosts[ALTYN], day({"visa-1": 400}, {}, {KAZPOST: 400}))
    assert stands(town, KAZPOST) == (5_000_000, 5_000_000)
    town.platform.gateway.block(ALTYN, blocked=False)
    town.platform.tick()
    assert stands(town, KAZPOST) == (5_000_400, 5_000_400)
    own, at_nbk = stands(town, ALTYN)
    assert own == at_nbk


def test_what_the_national_bank_would_not_move_is_owed_and_moved_later(
    town: Town, hosts: dict[int, Host]
) -> None:
    _, card = aigul_with_card(town, hosts, 1_000)
    hosts[ALTYN].authorise("visa-1", 400, card=card)
    desk = town.platform.nbk.desk
    real = desk.handlers["card-settlement"]
    desk.handlers["card-settlement"] = lambda _asked, _body: Refusal(Code.FUNDS_INSUFFICIENT, "correspondent")
    close(hosts[ALTYN], day({"visa-1": 400}, {}, {KAZPOST: 400}))
    check_books(town, ALTYN, converting=400, settlement=400)
    desk.handlers["card-settlement"] = real
    for _ in range(2):
        town.clock.advance(5)
        town.platform.tick()
    check_books(town, ALTYN, converting=400)
    assert stands(town, KAZPOST) == (5_000_400, 5_000_400)


def test_a_payment_that_is_refused_all_day_is_tried_ever_more_seldom_and_at_once_with_more_money(
    town: Town, hosts: dict[int, Host]
) -> None:
    """As a bank is refused whose own books hold its guarantee to be free."""
    _, card = aigul_with_card(town, hosts, 1_000)
    hosts[ALTYN].authorise("visa-1", 400, card=card)
    desk, days = town.platform.nbk.desk, town.platform.banks[ALTYN].card_days
    real = desk.handlers["card-settlement"]
    desk.handlers["card-settlement"] = lambda _asked, _body: Refusal(Code.FUNDS_INSUFFICIENT, "correspondent")
    close(hosts[ALTYN], day({"visa-1": 400}, {}, {KAZPOST: 400}))

    def asked() -> int:
        with desk.store.reading() as rows:
            return len(rows.evidence("card-settlement"))

    for _ in range(12):
        town.clock.advance(5)
        days.tick()
    assert asked() == 4, "at once, and after 5, 10 and 20 seconds"
    for _ in range(96):
        town.clock.advance(900)
        days.tick()
    assert asked() <= 40
    check_books(town, ALTYN, converting=400, settlement=400)
    before = asked()
    desk.handlers["card-settlement"] = real
    days.tick()
    assert asked() == before
    town.platform.nbk.open_correspondent(ALTYN, TENGE, bytes(32))
    town.platform.banks[ALTYN].money.open_correspondent(TENGE, bytes(32))
    days.tick()
    check_books(town, ALTYN, converting=400)
    assert stands(town, KAZPOST) == (5_000_400, 5_000_400)


def test_merchants_may_come_in_any_part(town: Town, hosts: dict[int, Host]) -> None:
    merchant, bank = town.phone(MERCHANT), hosts[KAZPOST]
    first = day({}, {M: 300}, part=1, parts=2)
    assert close(bank, first) == DayClosed(first.operation, "", 0, ())
    assert takings(merchant) == 0
    last = day({}, {MERCHANT.identifier + "002": 200}, {ALTYN: -500}, part=2, parts=2)
    assert close(bank, last) == DayClosed(last.operation, "", 0, ())
    assert takings(merchant) == 500
