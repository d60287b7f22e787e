"""The wallet's door for shops, by plain HTTP: who is heard, what is told, and that only the sheet can pay."""

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from tender.errors import Code, LinkError
from tests.browser.conftest import Street
from town.cast import CANTEEN
from town.shop.counter import Order
from wallet.service.checkout import LIFE_S, OPEN_MOST, origin_of

STRANGER = "http://127.0.0.1:6666"


def said(
    street: Street,
    method: str,
    path: str,
    body: Any = None,
    *,
    origin: str = "",
    host: str = "",
    form: bool = False,
) -> tuple[int, dict[str, str], Any]:
    """One exchange with the wallet's door: status, headers, JSON (or text)."""
    here = urlsplit(street.wallet).netloc
    line = HTTPConnection(here, timeout=30)
    kind = "text/plain" if form else "application/json"
    headers = {"Host": host or here, "Content-Type": kind} | ({"Origin": origin} if origin else {})
    line.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
    answer = line.getresponse()
    text = answer.read().decode()
    line.close()
    told = json.loads(text) if text.startswith("{") else text
    return answer.status, {name.lower(): value for name, value in answer.headers.items()}, told


def asked(street: Street, good: str = "tea") -> str:
    """A question that the shop put; its id."""
    order = street.counter.order(good)
    assert isinstance(order, Order)
    status, _, told = said(street, "POST", "/payments", {"code": order.code}, origin=street.shop)
    assert status == 201, told
    return str(told["id"])


def confirmed(street: Street, name: str, pin: str = "4071", origin: str = "") -> tuple[int, dict[str, Any]]:
    status, _, told = said(
        street, "POST", f"/payments/{name}/confirm", {"pin": pin}, origin=origin or street.wallet
    )
    return status, told


def test_only_a_shop_that_was_allowed_may_ask(street: Street) -> None:
    order = street.counter.order("tea")
    assert isinstance(order, Order)
    for origin in ("", STRANGER, "null", street.wallet):
        status, headers, told = said(street, "POST", "/payments", {"code": order.code}, origin=origin)
        assert (status, told["code"]) == (403, Code.NOT_PERMITTED), origin
        assert "access-control-allow-origin" not in headers
    street.checkout.shops.allow(STRANGER)
    status, headers, _ = said(street, "POST", "/payments", {"code": order.code}, origin=STRANGER)
    assert (status, headers["access-control-allow-origin"]) == (201, STRANGER)


def test_a_name_that_only_leads_here_is_refused(street: Street) -> None:
    port = urlsplit(street.wallet).port
    for host in ("wallet.example", f"wallet.example:{port}", "127.0.0.1", f"127.0.0.1:{port}.example"):
        assert said(street, "GET", "/shops/allow?origin=http://localhost:1", host=host)[0] == 421, host


def test_no_other_page_can_confirm_cancel_or_allow(street: Street) -> None:
    name = asked(street)
    for origin in (street.shop, STRANGER, "null"):
        assert confirmed(street, name, origin=origin)[0] == 403
        assert said(street, "POST", f"/payments/{name}/cancel", {"cancel": True}, origin=origin)[0] == 403
        assert said(street, "POST", "/shops/allow", {"origin": STRANGER}, origin=origin)[0] == 403
    plain = said(
        street, "POST", f"/payments/{name}/confirm", {"pin": "4071"}, origin=street.wallet, form=True
    )
    assert plain[0] == 403  # what a form could send
    assert said(street, "GET", f"/payments/{name}", origin=street.shop)[2] == {"id": name, "state": "waiting"}
    assert street.account_tiyn() == 10_000_00


def test_a_shop_sees_its_own_questions_and_nothing_of_the_wallet(street: Street) -> None:
    name = asked(street)
    street.checkout.shops.allow(STRANGER)
    assert said(street, "GET", f"/payments/{name}", origin=STRANGER)[0] == 404
    assert confirmed(street, name) == (200, {"state": "paid", "sentence": "Paid: 350,00\xa0₸."})
    _, _, told = said(street, "GET", f"/payments/{name}", origin=street.shop)
    assert told == {"id": name, "state": "paid"}


def test_the_sheet_may_stand_in_the_asking_shops_page_alone(street: Street) -> None:
    _, headers, page = said(street, "GET", f"/payments/{asked(street)}/sheet?lang=kk")
    policy = headers["content-security-policy"]
    assert policy.endswith(f"frame-ancestors {street.shop}")
    assert "'unsafe-inline'" not in policy
    assert (CANTEEN.number in page, "К асханасы" in page, street.checkout.shops.sign() in page) == (True,) * 3
    assert "10 000" not in page.replace("\xa0", " ")
    _, headers, _ = said(street, "GET", f"/shops/allow?origin={STRANGER}")
    assert headers["content-security-policy"].endswith("frame-ancestors 'none'")


def test_a_wrong_pin_pays_nothing_and_the_right_one_pays_once(street: Street) -> None:
    name = asked(street)
    status, told = confirmed(street, name, "1111")
    assert (status, told["state"]) == (200, "waiting")
    assert "PIN" in told["sentence"]
    assert street.account_tiyn() == 10_000_00
    assert [confirmed(street, name)[1]["state"] for _ in range(3)] == ["paid"] * 3
    assert street.account_tiyn() == 9_650_00


def test_an_answer_that_was_lost_is_asked_for_again_and_paid_once(street: Street) -> None:
    name = asked(street)
    street.village.line.lose_answers = 1
    status, told = confirmed(street, name)
    assert (status, told["state"]) == (200, "unsure")
    assert (
        said(street, "POST", f"/payments/{name}/cancel", {"cancel": True}, origin=street.wallet)[2]["state"]
        == "unsure"
    )
    assert confirmed(street, name)[1]["state"] == "paid"
    assert street.account_tiyn() == 9_650_00


def test_a_bank_out_of_reach_and_too_little_money_are_said(street: Street) -> None:
    name = asked(street)
    street.village.line.gone = True
    assert confirmed(street, name)[1]["state"] == "waiting", "nothing left, so it may be cancelled"
    street.village.line.gone, street.village.line.away = False, True
    assert confirmed(street, name)[1]["state"] == "unsure"
    with pytest.raises(LinkError):
        street.counter.paid(next(iter(street.counter._orders.values())))
    street.village.line.away = False
    assert confirmed(street, name)[1]["state"] == "paid"
    for _ in range(5):
        assert confirmed(street, asked(street, "plov"))[1]["state"] == "paid"
    status, told = confirmed(street, asked(street, "plov"))
    assert (status, told["state"]) == (200, "refused")
    assert street.account_tiyn() == 10_000_00 - 350_00 - 5 * 1_850_00


@pytest.mark.parametrize(
    "body", [{}, {"code": 5}, {"code": "https://kaspi.kz/pay/1"}, {"code": "x" * 3_000}, []]
)
def test_what_is_no_code_is_refused(street: Street, body: Any) -> None:
    status, _, told = said(street, "POST", "/payments", body, origin=street.shop)
    assert status == 422
    assert told["sentence"]


def test_questions_end_and_make_room(street: Street) -> None:
    names = [asked(street) for _ in range(OPEN_MOST + 1)]
    assert said(street, "GET", f"/payments/{names[0]}/sheet")[0] == 404
    street.village.clock.set(street.village.clock.now() + LIFE_S)
    assert confirmed(street, names[-1])[0] == 404
    assert street.account_tiyn() == 10_000_00


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("http://127.0.0.1:8140", "http://127.0.0.1:8140"),
        ("HTTPS://Shop.Example:443/", "https://shop.example"),
        ("http://[::1]:9", "http://[::1]:9"),
        ("http://shop.example", None),
        ("https://shop.example/path", None),
        ("https://a;b.example", None),
        ("https://user@shop.example", None),
        ("javascript:alert(1)", None),
        ("null", None),
        ("https://x:99999", None),
    ],
)
def test_an_origin_is_what_a_browser_writes(text: str, origin: str | None) -> None:
    assert origin_of(text) == origin
