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
from tender.errors import Code, LinkError, Refusal
from town.shop.counter import GOODS, Counter

FILES: Final = {"shop.css": "text/css; charset=utf-8", "shop.js": "text/javascript; charset=utf-8"}
SCRIPT_SAYS: Final = ("waiting", "not-paid", "checking", "no-wallet", "not-allowed")


def make_app(counter: Counter, wallet_url: str) -> FastAPI:
    """The shop; ``wallet_url`` is where the buyer's wallet answers on the buyer's own computer."""
    app = FastAPI(title="Shop", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/")
    async def page(request: Request) -> Response:
        tag = _tongue(request)
        policy = f"{ALONE}; connect-src 'self' {wallet_url}; frame-src {wallet_url}; frame-ancestors 'none'"
        return HTMLResponse(shop_page(tag, wallet_url), headers={"Content-Security-Policy": policy})

    @app.post("/orders")
    async def order(good: Annotated[str, Body(embed=True, max_length=40)]) -> Response:
        made = counter.order(good)
        if isinstance(made, Refusal):
            return JSONResponse(as_json(made), 422)
        return JSONResponse({"reference": made.reference, "code": made.code}, 201)

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


def shop_page(tag: str, wallet_url: str) -> str:
    """Everything on one page: goods, the place for the wallet's sheet, the receipt."""
    goods = "".join(
        f"<li><h2>{said(tag, f'shop.good.{good}')}</h2>"
        f'<button data-good="{good}">{said(tag, "shop.buy", amount_tiyn=price)}</button></li>'
        for good, price in GOODS.items()
    )
    body = (
        f"<header>{tongues(tag)}<h1>{said(tag, 'shop.title')}</h1><p>{said(tag, 'shop.lead')}</p></header>"
        f"<main><ul class=goods>{goods}</ul><p id=told role=status aria-live=polite></p>"
        f'<p id=allow hidden><a target=_blank rel=noreferrer href="{escape(wallet_url)}/shops/allow">'
        f"{said(tag, 'shop.allow')}</a></p>"
        f"<div id=sheet hidden></div><section id=receipt hidden></section></main>"
    )
    data = {"wallet": wallet_url, "lang": tag} | {one: text(tag, f"shop.{one}") for one in SCRIPT_SAYS}
    title = text(tag, "shop.title")
    return document(tag, title, body, style="/static/shop.css", script="/static/shop.js", data=data)
