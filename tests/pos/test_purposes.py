"""Money with a purpose at a till: taken where the purpose names this merchant, refused in words elsewhere."""

from faces.words import sentence
from pos.service.values import Phase
from tender.cash.token import Rule
from tender.errors import Code, Refusal
from tests.pos.market import Market, rung_up, sold
from tests.pos.test_bad_days import code_of
from tests.wallet.village import good
from town.cast import CANTEEN, MERCHANT, SCHOOL

MEALS = Rule("school meals", merchants=(CANTEEN.number,))


def test_school_meals_pay_the_canteens_till_and_no_other(market: Market) -> None:
    school = market.wallet(SCHOOL, 100_000, rule=MEALS.to_bytes())
    canteen, shop = market.till(CANTEEN, "canteen-till"), market.till(MERCHANT, "shop-till")
    market.line.away = True

    request = rung_up(shop, 70_000, "Shoes")
    refused = school.money.propose(request)
    assert isinstance(refused, Refusal) and refused.code is Code.COLOUR_BROKEN
    assert "purpose" in sentence(refused)
    assert code_of(shop.take(school.money.say_no(request, refused))) is Code.COLOUR_BROKEN
    sale = shop.sale()
    assert sale is not None and (sale.phase, sale.due_tiyn) == (Phase.PAYING, 70_000)

    assert sold(canteen, school, 70_000).total_tiyn == 70_000
    assert school.view.balance().by_purpose == {"school meals": 30_000}
    market.line.away = False
    assert good(canteen.deposit()).settled_tiyn == 70_000
