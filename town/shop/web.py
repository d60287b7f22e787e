"""The shop's page and its three answers: the page, an order, how an order stands."""

from html import escape
from importlib.resources import files
from typing import Annotated, Final

from fastapi import Body, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse

from faces.amounts import moment_text
from faces.pages import ALONE, document, said, text, tongue, tongues
from faces.words import as_json
from pos.service.card_by_number import printed_card
from tender.errors import Code, LinkError, Refusal
from town.shop.card_counter import CardCounter
from town.shop.counter import GOODS, Counter, Order

FILES: Final = {"shop.css": "text/css; charset=utf-8", "shop.js": "text/javascript; charset=utf-8"}
CHANNEL: Final = "card"
"""How an order was paid, beside the channels of payments from wallets."""
SCRIPT_SAYS: Final = (
    "waiting",
    "not-paid",
    "checking",
    "no-wallet",
    "not-allowed",
    "card-waiting",
    "card-unknown",
)
Typed = Annotated[str, Body(max_length=40)]


def make_app(counter: Counter, wallet_url: str, cards: CardCounter | None = None) -> FastAPI:
    """The shop; ``wallet_url`` is where the buyer's wallet answers on the buyer's own computer; ``cards``:
    how it takes card numbers, if it does."""
    app = FastAPI(title="Shop", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/")
    async def page(request: Request) -> Response:
        tag = _tongue(request)
        policy = f"{ALONE}; connect-src 'self' {wallet_url}; frame-src {wallet_url}; frame-ancestors 'none'"
        return HTMLResponse(
            shop_page(tag, wallet_url, by_card=cards is not None), headers={"Content-Security-Policy": policy}
        )

    @app.post("/orders")
    async def order(good: Annotated[str, Body(embed=True, max_length=40)]) -> Response:
        made = counter.order(good)
        if isinstance(made, Refusal):
            return JSONResponse(as_json(made), 422)
        return JSONResponse({"reference": made.reference, "code": made.code}, 201)

    @app.post("/orders/{reference}/card")
    async def by_card(
        reference: str, number: Typed, expiry: Typed, code: Typed, request: Request
    ) -> Response:
        made = counter.known(reference)
        if made is None or cards is None:
            return JSONResponse(as_json(Refusal(Code.ORDER_UNKNOWN, "reference")), 404)
        return await run_in_threadpool(_paid_by_card, counter, cards, made, (number, expiry, code), request)

    @app.get("/orders/{reference}")
    async def look(reference: str, request: Request) -> Response:
        made = counter.known(reference)
        if made is None:
            return JSONResponse(as_json(Refusal(Code.ORDER_UNKNOWN, "reference")), 404)
        try:
            paid = await run_in_threadpool(counter.paid, made)
        except LinkError as error:
            return JSONResponse(as_json(error), 503)
        if isinstance(paid, Refusal):
            return JSONResponse(as_json(paid), 422)
        if paid is None:
            return JSONResponse({"paid": False})
        tag = _tongue(request)
        what = text(tag, f"shop.good.{made.good}")
        lines = [
            text(tag, "shop.receipt"),
            text(tag, "shop.receipt-sum", what=what, amount_tiyn=paid.amount_tiyn),
            text(tag, "shop.receipt-number", reference=made.reference),
            text(tag, "shop.receipt-bank", time=moment_text(paid.time)),
        ]
        return JSONResponse({"paid": True, "lines": lines, "transaction": paid.transaction.hex()})

    @app.get("/static/{name}")
    async def static(name: str) -> Response:
        if name not in FILES:
            return JSONResponse(as_json(Refusal(Code.FILE_UNREADABLE, "static")), 404)
        return Response((files("town.shop") / "static" / name).read_bytes(), media_type=FILES[name])

    return app


def _tongue(request: Request) -> str:
    return tongue(request.query_params.get("lang", ""), request.headers.get("accept-language", ""))


def _paid_by_card(
    counter: Counter, cards: CardCounter, order: Order, typed: tuple[str, str, str], request: Request
) -> Response:
    """Nothing of what was typed is in the answer, nor anywhere once the bank has it."""
    card = printed_card(*typed)
    if isinstance(card, Refusal):
        return JSONResponse(as_json(card), 422)
    try:
        before = counter.paid(order)
    except LinkError as error:
        return JSONResponse(as_json(error), 503)
    if before is not None:
        refused = before if isinstance(before, Refusal) else Refusal(Code.REQUEST_CLOSED, "reference")
        return JSONResponse(as_json(refused), 422)
    told = cards.pay(card, order.amount_tiyn, order.reference)
    refusal = told if isinstance(told, Refusal) else told.refusal
    if isinstance(told, Refusal) or refusal is not None:
        return JSONResponse(as_json(refusal or Refusal(Code.CARD_DECLINED, "card")), 422)
    tag, payment = _tongue(request), told.payment
    lines = [
        text(tag, "shop.receipt"),
        text(
            tag, "shop.receipt-sum", what=text(tag, f"shop.good.{order.good}"), amount_tiyn=order.amount_tiyn
        ),
        text(tag, "shop.receipt-number", reference=order.reference),
        text(tag, "shop.card-paid", card=payment.seen.pan, approval=payment.approval),
    ]
    told_of = {"card": payment.seen.pan, "approval": payment.approval, "life_cycle": payment.life}
    return JSONResponse({"paid": True, "lines": lines, "channel": CHANNEL, **told_of})


def shop_page(tag: str, wallet_url: str, *, by_card: bool = False) -> str:
    """Everything on one page: goods, the place for the wallet's sheet, for a card's number, the receipt."""
    goods = "".join(
        f"<li><h2>{said(tag, f'shop.good.{good}')}</h2>"
        f'<button data-good="{good}">{said(tag, "shop.buy", amount_tiyn=price)}</button>'
        f"{_card_button(tag, good, price) if by_card else ''}</li>"
        for good, price in GOODS.items()
    )
    body = (
        f"<header>{tongues(tag)}<h1>{said(tag, 'shop.title')}</h1><p>{said(tag, 'shop.lead')}</p></header>"
        f"<main><ul class=goods>{goods}</ul><p id=told role=status aria-live=polite></p>"
        f'<p id=allow hidden><a target=_blank rel=noreferrer href="{escape(wallet_url)}/shops/allow">'
        f"{said(tag, 'shop.allow')}</a></p>"
        f"<div id=sheet hidden></div>{_card_form(tag) if by_card else ''}"
        "<section id=receipt hidden></section></main>"
    )
    data = {"wallet": wallet_url, "lang": tag} | {one: text(tag, f"shop.{one}") for one in SCRIPT_SAYS}
    title = text(tag, "shop.title")
    return document(tag, title, body, style="/static/shop.css", script="/static/shop.js", data=data)


def _card_button(tag: str, good: str, price: int) -> str:
    pay = said(tag, "shop.card-pay", amount_tiyn=price)
    return f'<button class=quiet data-card="{good}" data-pay="{pay}">{said(tag, "shop.by-card")}</button>'


def _card_form(tag: str) -> str:
    """Three fields; browsers know them by their names, and none of them is ever sent but to this shop."""
    fields = (
        ("number", "shop.card-number", 'inputmode=numeric autocomplete="cc-number" maxlength=23'),
        (
            "expiry",
            "shop.card-expiry",
            'inputmode=numeric autocomplete="cc-exp" placeholder="12/30" maxlength=7',
        ),
        ("code", "shop.card-code", 'inputmode=numeric autocomplete="cc-csc" type=password maxlength=3'),
    )
    rows = "".join(
        f"<label>{said(tag, key)}<input name={name} required {more}></label>" for name, key, more in fields
    )
    return (
        f"<form id=card hidden>{rows}<button>{said(tag, 'shop.by-card')}</button>"
        f"<p class=quiet>{said(tag, 'shop.card-never-kept')}</p></form>"
    )
