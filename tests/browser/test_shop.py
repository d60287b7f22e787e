"""A shop on the web is paid from the wallet, in a real browser, without leaving the page (DT-Q-08)."""

import pytest
from playwright.sync_api import Browser, expect

from faces.amounts import amount_text
from tests.browser.chrome import watched
from tests.browser.conftest import Street

PLOV_TIYN = 1_850_00


@pytest.mark.row("DT-Q-08")
def test_buy_is_paid_without_leaving_the_page_and_with_one_confirmation(
    browser: Browser, street: Street
) -> None:
    before = street.account_tiyn()
    with watched(browser) as seen:
        page = seen.page
        page.goto(street.shop)
        left: list[str] = []
        page.on("framenavigated", lambda frame: left.append(frame.url) if frame == page.main_frame else None)
        page.get_by_role("button", name="Buy for 1 850,00 ₸").click()
        sheet = page.frame_locator("#sheet iframe")
        expect(sheet.get_by_role("button", name="Pay 1 850,00 ₸")).to_be_enabled()
        sheet.get_by_label("PIN of your wallet").fill("4071")
        sheet.get_by_label("PIN of your wallet").press("Enter")
        page.get_by_text("Paid. Thank you!").wait_for()
        shown = page.locator("#receipt").inner_text()
        assert (page.url, left) == (f"{street.shop}/", [])
        assert f"Plov with salad: {amount_text(PLOV_TIYN)}" in shown
        assert (seen.outside, seen.complaints) == (set(), [])
    (order,) = street.counter._orders.values()
    taking = street.counter.paid(order)
    assert getattr(taking, "channel", None) == "shop"
    assert before - street.account_tiyn() == PLOV_TIYN
