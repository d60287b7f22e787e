"""The wallet's local API for shops, and the sheet in which its owner confirms (docs/protocol/checkout.md).

Whoever asks is told apart by what a page cannot forge: the ``Host`` it reached (another name that leads here
is refused: DNS rebinding) and the ``Origin`` it comes from. A shop's page may ask and look at its own
question; confirming is for the sheet, a page of the wallet's own origin, which allowed shops may frame.
"""

import json
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse

from faces.pages import ALONE, tongue
from faces.words import as_json
from tender.crypto.sealing import Pin
from tender.errors import Code, Refusal, RemoteProtocolError
from wallet.http.sheet import allow_page, gone_page, sheet_page, words_of
from wallet.service.checkout import Checkout, Question, origin_of

BODY_MOST: Final = 8_192
STATUS: Final = {Code.NOT_PERMITTED: 403, Code.PAYMENT_UNKNOWN: 404}
FILES: Final = {
    "sheet.css": "text/css; charset=utf-8",
    "sheet.js": "text/javascript; charset=utf-8",
    "allow.js": "text/javascript; charset=utf-8",
}

Next = Callable[[Request], Awaitable[Response]]


def make_app(checkout: Checkout, port: int) -> FastAPI:
    """The application; ``port`` is where it listens on loopback."""
    app = FastAPI(title="Wallet", docs_url=None, redoc_url=None, openapi_url=None)
    hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}

    @app.middleware("http")
    async def only_this_computer(request: Request, go_on: Next) -> Response:
        if request.headers.get("host", "").lower() not in hosts:
            return _refused(Refusal(Code.NOT_PERMITTED, "host"), 421)
        answer = await go_on(request)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    _for_shops(app, checkout)
    _for_the_owner(app, checkout)
    return app


def _for_shops(app: FastAPI, checkout: Checkout) -> None:
    """What a shop's page may do, from an origin that was allowed."""

    @app.options("/payments")
    @app.options("/payments/{name}")
    async def may_i(request: Request, name: str = "") -> Response:
        return _shared(Response(status_code=204), request, checkout)

    @app.post("/payments")
    async def ask(request: Request) -> Response:
        body = await _object(request)
        code = body.get("code")
        origin = request.headers.get("origin", "")
        asked: Question | Refusal = Refusal(Code.FIELD_WRONG, "code")
        if isinstance(code, str):
            try:
                asked = checkout.ask(origin, code)
            except RemoteProtocolError as error:
                asked = error.refusal
        if isinstance(asked, Refusal):
            return _shared(_refused(asked), request, checkout)
        told = {"id": asked.id, "sheet": f"/payments/{asked.id}/sheet", "state": asked.state}
        return _shared(JSONResponse(told, 201), request, checkout)

    @app.get("/payments/{name}")
    async def look(name: str, request: Request) -> Response:
        question = checkout.question(name)
        if question is None or question.origin != request.headers.get("origin"):
            return _shared(_refused(Refusal(Code.PAYMENT_UNKNOWN, "payment")), request, checkout)
        return _shared(JSONResponse({"id": name, "state": question.state}), request, checkout)


def _shared(answer: Response, request: Request, checkout: Checkout) -> Response:
    """What lets a page of another origin read the answer: only an allowed one."""
    origin = request.headers.get("origin", "")
    answer.headers["Vary"] = "Origin"
    if origin in checkout.shops.origins():
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Allow-Methods"] = "GET, POST"
        answer.headers["Access-Control-Allow-Headers"] = "content-type"
        answer.headers["Access-Control-Allow-Private-Network"] = "true"
    return answer


def _for_the_owner(app: FastAPI, checkout: Checkout) -> None:
    """The wallet's own pages; what they send is taken from them alone."""

    @app.get("/payments/{name}/sheet")
    async def sheet(name: str, request: Request) -> Response:
        question = checkout.question(name)
        tag = _tongue(request)
        if question is None:
            return _page(gone_page(tag), "'none'", 404)
        return _page(sheet_page(tag, question, checkout.shops.sign()), question.origin)

    @app.post("/payments/{name}/confirm")
    async def confirm(name: str, request: Request) -> Response:
        body = await _own(request)
        pin = body.get("pin")
        if not isinstance(pin, str):
            return _refused(Refusal(Code.NOT_PERMITTED, "origin"))
        done = await run_in_threadpool(checkout.confirm, name, Pin(pin))
        return _told(done, _tongue(request))

    @app.post("/payments/{name}/cancel")
    async def cancel(name: str, request: Request) -> Response:
        if await _own(request) != {"cancel": True}:
            return _refused(Refusal(Code.NOT_PERMITTED, "origin"))
        return _told(await run_in_threadpool(checkout.cancel, name), _tongue(request))

    @app.get("/shops/allow")
    async def may_it(origin: str, request: Request) -> Response:
        asked = origin_of(origin)
        if asked is None:
            return _refused(Refusal(Code.FIELD_WRONG, "origin"))
        return _page(allow_page(_tongue(request), asked), "'none'")

    @app.post("/shops/allow")
    async def allow(request: Request) -> Response:
        origin = (await _own(request)).get("origin")
        asked = origin_of(origin) if isinstance(origin, str) else None
        if asked is None:
            return _refused(Refusal(Code.NOT_PERMITTED, "origin"))
        checkout.shops.allow(asked)
        return JSONResponse({"origin": asked})

    @app.get("/static/{name}")
    async def static(name: str) -> Response:
        if name not in FILES:
            return _refused(Refusal(Code.FILE_UNREADABLE, "static"), 404)
        return Response((files("wallet.http") / "static" / name).read_bytes(), media_type=FILES[name])


def _tongue(request: Request) -> str:
    return tongue(request.query_params.get("lang", ""), request.headers.get("accept-language", ""))


def _page(html: str, may_frame: str, status: int = 200) -> Response:
    """A page of the wallet's own: it loads nothing from elsewhere, and only ``may_frame`` may show it."""
    policy = f"{ALONE}; connect-src 'self'; frame-ancestors {may_frame}"
    return HTMLResponse(html, status, {"Content-Security-Policy": policy})


async def _object(request: Request) -> dict[str, Any]:
    """The JSON object of a body; empty for anything else. A plain form cannot send this type."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return {}
    raw = b""
    async for part in request.stream():
        raw += part
        if len(raw) > BODY_MOST:
            return {}
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


async def _own(request: Request) -> dict[str, Any]:
    """The body of a request from a page of ours; empty when any other page sent it."""
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    return await _object(request) if request.headers.get("origin") == own else {}


def _told(done: Question | Refusal, tag: str) -> Response:
    if isinstance(done, Refusal):
        return _refused(done)
    return JSONResponse({"state": done.state, "sentence": words_of(done, tag)})


def _refused(refusal: Refusal, status: int = 0) -> Response:
    return JSONResponse(as_json(refusal), status or STATUS.get(refusal.code, 422))
