"""A shop's page takes what is printed on a card; the yes is given in the wallet of the card's owner."""

from playwright.sync_api import Page

from tests.browser.chrome import chromium, watched
from tests.ecommerce.conftest import mall
from tests.ecommerce.mall import Mall, plain
from town.cast import AIGUL

__all__ = ["mall"]


def pays(page: Page, card: dict[str, str]) -> None:
    """Tea, and what is printed on the card is typed into the page."""
    page.get_by_role("button", name="Pay by card instead").last.click()
    for label, value in (
        ("Card number", card["number"]),
        ("Valid until", card["expiry"]),
        ("Code on the back", card["code"]),
    ):
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Pay 350,00 ₸").click()


def test_a_number_typed_into_the_page_pays_once_its_owner_said_yes(mall: Mall) -> None:
    mall.moves_in(AIGUL, "10000")
    card = mall.virtual(AIGUL)
    # Its own browser, begun late: while one runs, its event loop is the thread's, and the rails begin one.
    with chromium() as browser, watched(browser) as seen:
        page = seen.page
        page.goto(mall.url)
        pays(page, card)
        page.get_by_text("Confirm it in the wallet of the card's owner now.").wait_for()
        assert page.locator("input[name=number]").input_value() == "", "the page has forgotten it"
        mall.desk.told("confirm", "yes", "--wait-s", "60", "-w", "aigul")
        page.get_by_text("Paid. Thank you!").wait_for()
        shown = plain(page.locator("#receipt").inner_text())
        assert "Tea with milk: 350,00 ₸" in shown and card["number"] not in page.content()
        assert (seen.outside, seen.complaints) == (set(), [])
        # The line breaks while the bank is asked: nobody here knows what came of it.
        page.route("**/orders/*/card?*", lambda route: route.abort())
        pays(page, card)
        page.get_by_text("Look there before you pay again").wait_for()
        assert "Nothing was paid" not in page.locator("main").inner_text()
    assert mall.balances(AIGUL)[0] == 9_650
