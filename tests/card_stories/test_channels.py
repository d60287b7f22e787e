"""One basket of 3 779.00, paid through each of the five channels at its own front door (DT-Q-05): an app, a
shop on the web, the picture of a code, a tag that was tapped, and a card in a till."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.request import Request, urlopen

import pytest

from device.compose import open_wallet
from faces.qr_drawing import png, text_modules
from hardware.entropy import SeededEntropy
from pos.core.card_tender import CardPhase
from tender.account.merchant_messages import TakingsQuestion, TakingsTold
from tender.account.participants import KAZPOST
from tender.qr.payment_code import BANK_QR, PaymentCode, encode
from tests.card_stories.boulevard import PURCHASE_TIYN, Boulevard, entries
from tests.platform_stub.people import Person, Phone
from tests.serving import free_port, served
from tests.wallet.test_commands import Desk
from town.cast import CANTEEN, DANA
from wallet.cli.checkout import ShopsFile
from wallet.http.app import make_app
from wallet.service.checkout import Checkout

SHOP_ORIGIN = "http://127.0.0.1:8140"
CODE = PaymentCode(
    CANTEEN.shown,
    "ALMATY",
    CANTEEN.number,
    bank=KAZPOST,
    mcc=CANTEEN.category,
    amount_tiyn=PURCHASE_TIYN,
    dynamic=True,
)
"""What the merchant draws or hands over, but for the reference of the sale."""


@pytest.fixture
def desk(street: Boulevard, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Dana at her keyboard, with 20 000 on her account."""
    made = Desk(street.market, monkeypatch)
    made.moves_in(DANA)
    made.does("convert", "20000", "-w", DANA.name)
    return made


@pytest.fixture
def canteen(street: Boulevard) -> Phone:
    """A merchant with a current account alone."""
    owner = CANTEEN
    person = Person(owner.name, owner.bank, owner.number, owner.phone, owner.category)
    return street.town.phone(person, account=False)


@pytest.fixture
def sheet(street: Boulevard, desk: Desk) -> Iterator[str]:
    """The address at which Dana's wallet answers shops."""
    market = street.market
    config, chance = market.config(DANA.name), SeededEntropy("sheet")
    checkout = Checkout(
        lambda pin: open_wallet(config, pin, market.clock, chance, lambda _: market.line),
        ShopsFile(config, SeededEntropy("sign")),
        market.clock,
        SeededEntropy("questions"),
    )
    checkout.shops.allow(SHOP_ORIGIN)
    port = free_port()
    with served(make_app(checkout, port.getsockname()[1]), port) as url:
        yield url


def post(url: str, origin: str, **body: str) -> dict[str, str]:
    """As a page of this origin sends it."""
    headers = {"Content-Type": "application/json", "Origin": origin}
    with urlopen(Request(url, json.dumps(body).encode(), headers)) as answer:
        told: dict[str, str] = json.load(answer)
    return told


@pytest.mark.row("DT-Q-05")
def test_five_channels_make_the_same_postings_and_each_its_own_record(
    street: Boulevard, desk: Desk, canteen: Phone, sheet: str
) -> None:
    dana = street.phone_of(DANA)
    holder = street.holder(dana)
    street.stands_in(canteen)

    def code(channel: str) -> str:
        return encode(replace(CODE, reference_label=f"R-{channel}"), BANK_QR)

    def by_words(channel: str) -> None:
        reference = ("--channel", channel, "--reference", f"R-{channel}", "--bank", str(KAZPOST))
        desk.does("pay-merchant", CANTEEN.number, "3779", *reference, "-w", DANA.name)

    def in_the_web_shop(channel: str) -> None:
        asked = post(f"{sheet}/payments", SHOP_ORIGIN, code=code(channel))
        told = post(f"{sheet}/payments/{asked['id']}/confirm", sheet, pin="4071")
        assert told["state"] == "paid", told

    def by_its_picture(channel: str) -> None:
        picture = street.market.folder / "code.png"
        picture.write_bytes(png([text_modules(code(channel))]))
        desk.does("pay-code", "--scan", str(picture), "--yes", "-w", DANA.name)

    def in_the_till(channel: str) -> None:
        assert street.pays(holder).payment.phase is CardPhase.APPROVED
        assert street.chain.close_day()["agrees"]

    ways: dict[str, Callable[[str], None]] = {
        "app": by_words,
        "shop": in_the_web_shop,
        "qr": by_its_picture,
        "nfc": by_words,
        "card": in_the_till,
    }
    postings = []
    for channel, pay in ways.items():
        seen = len(entries(dana)), len(entries(canteen))
        pay(channel)
        found = entries(dana), entries(canteen)
        new = [rows[: len(rows) - old] for rows, old in zip(found, seen, strict=True)]
        postings.append([[(form, change_tiyn) for _, form, change_tiyn in each] for each in new])
    assert postings == [[[("dt", -PURCHASE_TIYN)], [("noncash", PURCHASE_TIYN)]]] * 5
    assert street.tenge(dana)[0] == 20_000 - 5 * 3_779
    told = canteen.ask("takings", TakingsQuestion(0, "", None))
    assert isinstance(told, TakingsTold)
    assert {one.reference: one.channel for one in told.takings} == {
        f"R-{channel}": channel for channel in ways if channel != "card"
    }
    desk.does("notices", "-w", DANA.name)
    newest = desk.told("history", "-w", DANA.name)["payments"][0]
    assert (newest["channel"], newest["amount_tiyn"]) == ("card-purchase", PURCHASE_TIYN)
