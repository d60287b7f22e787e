"""The gateway on HTTP: two doors for signed orders, a health page, and an OpenAPI description of every kind.

Rules of this interface: bodies are COSE_Sign1 both ways (``application/cose``). A refusal is a signed reply
too; the HTTP status only says in short what the reply says in full. JSON is spoken only when the bytes could
not be read as an order at all, or when somebody asks how we are.
"""

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from faces.words import sentence
from platform_stub.ports import FrontDoor
from tender.account.description import example, summary
from tender.account.eds import REPLY
from tender.account.messages import KINDS, Kind, Role
from tender.crypto.envelope import Typ, open_envelope
from tender.errors import Code, LinkError, RemoteProtocolError, StoreError, TenderError

COSE = "application/cose"
BODY_MAX_BYTES = 1 << 20
FORBIDDEN = frozenset(
    {
        Code.NOT_PERMITTED,
        Code.SENDER_UNKNOWN,
        Code.SIGNATURE_WRONG,
        Code.PARTICIPANT_BLOCKED,
        Code.CERTIFICATE_REVOKED,
        Code.CASE_REFERENCE_MISSING,
    }
)


def make_app(door: FrontDoor) -> FastAPI:
    """The web application in front of a gateway."""
    app = FastAPI(
        title="Digital Tenge platform",
        version="1",
        description="Signed orders in, signed replies out. Each kind's fields: docs/api.md.",
        docs_url=None,  # its page would fetch scripts from elsewhere; /openapi.json says the same
        redoc_url=None,
    )

    @app.get("/v1/health", summary="Is the platform there?")
    def health() -> dict[str, str | int]:
        return door.health()

    async def platform(kind: str, request: Request) -> Response:
        raw = await _read(request)
        return await run_in_threadpool(_answer, lambda: door.platform(kind, raw), raw)

    async def bank(number: int, kind: str, request: Request) -> Response:
        raw = await _read(request)
        return await run_in_threadpool(_answer, lambda: door.bank(number, kind, raw), raw)

    _doors(app, platform, bank)
    return app


def _doors(app: FastAPI, platform: Any, bank: Any) -> None:
    """One path for each kind, so that the description names what exists and nothing else does."""
    for kind in KINDS.values():
        client = Role.DEVICE in kind.senders
        path = f"/bank/{{number}}/v1/{kind.name}" if client else f"/platform/v1/{kind.name}"
        app.add_api_route(
            path,
            _named(bank if client else platform, kind, client),
            methods=["POST"],
            summary=kind.says,
            operation_id=kind.name,
            tags=["clients" if client else "participants"],
            openapi_extra=_description(kind),
            response_class=Response,
            responses={
                200: {"content": {COSE: {}}, "description": "the signed reply"},
                403: {"content": {COSE: {}}, "description": "the signed refusal of somebody not allowed"},
                422: {"content": {COSE: {}}, "description": "the signed refusal of what was asked"},
            },
        )

    @app.post("/platform/v1/{kind}", include_in_schema=False)
    async def anything_else(kind: str, request: Request) -> Response:
        """A client's kind at the participants' door is refused by the gateway, not by a missing page."""
        answer: Response = await platform(kind, request)
        return answer


def _named(door: Any, kind: Kind, client: bool) -> Any:
    async def at_bank(number: int, request: Request) -> Response:
        answer: Response = await door(number, kind.name, request)
        return answer

    async def at_platform(request: Request) -> Response:
        answer: Response = await door(kind.name, request)
        return answer

    return at_bank if client else at_platform


def _description(kind: Kind) -> dict[str, Any]:
    return {
        "description": f"{kind.says}\n\n{summary(kind)}",
        "requestBody": {
            "required": True,
            "content": {
                COSE: {
                    "schema": {"type": "string", "format": "binary"},
                    "examples": {kind.name: {"summary": "hexadecimal", "value": example(kind).hex()}},
                }
            },
        },
    }


async def _read(request: Request) -> bytes:
    """The body; reading stops as soon as it is longer than any order may be."""
    parts: list[bytes] = []
    length = 0
    async for part in request.stream():
        parts.append(part)
        length += len(part)
        if length > BODY_MAX_BYTES:
            break
    return b"".join(parts)


def _answer(ask: Any, raw: bytes) -> Response:
    try:
        if len(raw) > BODY_MAX_BYTES:
            raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, "body", bytes=len(raw), most=BODY_MAX_BYTES)
        reply: bytes = ask()
    except RemoteProtocolError as error:
        return _unreadable(400, error)
    except (LinkError, StoreError) as error:
        return _unreadable(503, error)
    return Response(reply, status_code=_status(reply), media_type=COSE)


def _unreadable(status: int, error: TenderError) -> Response:
    told = {"code": error.code.value, "field": error.field, "sentence": sentence(error.refusal)}
    return JSONResponse(told, status_code=status)


def _status(reply: bytes) -> int:
    code = REPLY.decode(open_envelope(reply, Typ.REPLY, "reply").payload, "reply").code
    if not code:
        return 200
    return 403 if code in FORBIDDEN else 422
