"""A customer without a browser: asks the shop's server what its page would ask."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tender.errors import Code, LinkError, Refusal, RemoteProtocolError, StoreError

ORDER_S: Final = 30.0
PAY_S: Final = 3_700.0
"""Longer than any customer has to confirm; the shop's server gives up before."""
OPENS_S: Final = 15.0
"""How long a shop is waited for that is just opening: `tenge shop up &`, and the next command at once."""
LOOK_EVERY_S: Final = 0.1
_READ_MOST: Final = 100_000


def printed_in(file: Path) -> dict[str, str]:
    """What stands on a card: number, expiry as printed (month first), code. The file has YYMM."""
    try:
        told = json.loads(file.read_text(encoding="utf-8")[:_READ_MOST])
        expiry = str(told["expiry"])
        return {
            "number": str(told["number"]),
            "expiry": f"{expiry[2:]}/{expiry[:2]}",
            "code": str(told["code"]),
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(Code.FILE_UNREADABLE, "card", file=file.name) from error


def buy_by_card(
    url: str, good: str, typed: dict[str, str], waits: Callable[[], None] = lambda: None
) -> tuple[str, dict[str, Any]] | Refusal:
    """Order and pay; the order's reference and what the shop says of it. ``waits`` is called once when nobody
    is at that port yet. Raises ``LinkError`` when no shop answers there."""
    order = _ordered(url, good, waits)
    if isinstance(order, Refusal):
        return order
    reference = str(order["reference"])
    told = ask_shop(f"{url}/orders/{reference}/card", typed, PAY_S)
    return told if isinstance(told, Refusal) else (reference, told)


def _ordered(url: str, good: str, waits: Callable[[], None]) -> dict[str, Any] | Refusal:
    """An order, given as soon as somebody is at the port: whoever was not there has heard of none."""
    end, told = time.monotonic() + OPENS_S, False
    while True:
        try:
            return ask_shop(f"{url}/orders", {"good": good}, ORDER_S)
        except LinkError as error:
            if not _nobody_there(error) or time.monotonic() >= end:
                raise
        if not told:
            waits()
        told = True
        time.sleep(LOOK_EVERY_S)


def _nobody_there(error: LinkError) -> bool:
    """Whether the port was closed, so that nothing can have been heard."""
    cause = error.__cause__
    return isinstance(cause, urllib.error.URLError) and isinstance(cause.reason, ConnectionRefusedError)


def ask_shop(url: str, body: dict[str, str], timeout_s: float) -> dict[str, Any] | Refusal:
    """One question of a page to its server; its no by its code. Raises as :func:`buy_by_card`."""
    asked = urllib.request.Request(  # noqa: S310 - loopback, and our own scheme
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=timeout_s) as answer:  # noqa: S310
            told = json.loads(answer.read(_READ_MOST))
    except urllib.error.HTTPError as error:
        return _refusal(error.read(_READ_MOST))
    except (OSError, ValueError) as error:
        raise LinkError(Code.PEER_UNREACHABLE, "shop") from error
    if not isinstance(told, dict):
        raise RemoteProtocolError(Code.FIELD_WRONG, "shop")
    return told


def _refusal(body: bytes) -> Refusal:
    """The shop's no, by its code."""
    try:
        told = json.loads(body)
        return Refusal(Code(told["code"]), str(told.get("field", "")))
    except (ValueError, KeyError, TypeError) as error:
        raise RemoteProtocolError(Code.FIELD_WRONG, "shop") from error
