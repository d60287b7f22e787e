"""Two cards with chips, a kiosk and a laptop, and no network: cards pay a till and each other (DT-S-09)."""

from tender.money import plain_tenge
from town.card_purse import CardPurse
from town.cast import AIGUL, BOLAT, DANA, MERCHANT
from town.counter import Counter
from town.stories.acts import balances_around, close, load, whether_cut_off
from town.stories.stage import Stage
from town.town import Town

LOADED_TIYN = 1_000_000
BASKET_TIYN = 377_900
"""3 779,00: the average check of the pilot's cards."""
LENT_TIYN = 200_000


def tell(stage: Stage, town: Town) -> None:
    """Fill a card, go offline, tap at the till, tap card to card, come back."""
    bolat, aigul = (
        CardPurse(town, one, f"{one.name}-card", str(town.state["codes"][one.name])) for one in (BOLAT, AIGUL)
    )
    stage.busy("Bolat and Aigul get a card each from their banks …")
    for one in (bolat, aigul):
        one.join()
    (dana,) = town.purses(DANA)
    till = Counter(town, MERCHANT, "kiosk")
    stage.scene(
        "Bolat fills his card at home",
        "Keys and money are in the chip; whoever takes the card away from the laptop takes the money along.",
    )
    load(stage, bolat, LOADED_TIYN)
    till.open(stage)

    stage.scene(
        "The network is gone; Bolat holds his card to the till",
        "The card checks the shop's certificate, signs only that amount, and keeps what it signed until it "
        "has the receipt.",
    )
    whether_cut_off(stage)
    heard = town.orders_heard()
    with balances_around(stage, "on the card", bolat):
        taken = till.tap(stage, bolat.where, bolat.card.name, BASKET_TIYN)
    stage.fact("paid_tiyn", taken.told["receipt"]["total_tiyn"])
    stage.check("The till took exactly what it asked for", stage.facts["paid_tiyn"] == BASKET_TIYN)

    stage.scene(
        "Card to card on Dana's laptop",
        "Two readers and a program nobody has to trust: each card checks the other by itself.",
    )
    with balances_around(stage, "on the cards", bolat, aigul):
        bolat.tap_card(stage, aigul, LENT_TIYN, dana)
    stage.fact("bolat_tiyn", bolat.balance())
    stage.fact("aigul_tiyn", aigul.balance())
    stage.check(
        f"Bolat's card holds {plain_tenge(LOADED_TIYN - BASKET_TIYN - LENT_TIYN)}, Aigul's "
        f"{plain_tenge(LENT_TIYN)}",
        (bolat.balance(), aigul.balance()) == (LOADED_TIYN - BASKET_TIYN - LENT_TIYN, LENT_TIYN),
    )
    stage.check("The platform was asked nothing meanwhile", town.orders_heard() == heard)

    stage.scene("The network is back", "What was tapped away is settled like any other money.")
    till.show(stage, "deposit", network=True)
    before = town.account_tiyn(MERCHANT)
    till.do("deposit", network=True)
    stage.fact("settled_tiyn", town.account_tiyn(MERCHANT) - before)
    stage.check("The shop's account has what was sold", stage.facts["settled_tiyn"] == BASKET_TIYN)
    for one in (aigul, bolat):
        one.come_home(stage)
    stage.fact("aigul_account_tiyn", aigul.account_tiyn())
    close(stage, town)
