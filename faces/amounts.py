"""Amounts as Kazakhstan writes them: ``12 345,67 ₸``; reading them is :func:`tender.money.parse_tenge`."""

from datetime import datetime, timedelta, timezone
from typing import Final

from tender.money import TIYN_PER_TENGE, parse_tenge, plain_tenge

__all__ = [
    "amount_text",
    "clock_text",
    "day_text",
    "fact_text",
    "moment_text",
    "parse_tenge",
    "plain_tenge",
    "signed_text",
]

LOCAL: Final = timezone(timedelta(hours=5))
"""The one time zone of Kazakhstan (Asia/Almaty). Bytes carry UTC; people read this (docs/open-points.md)."""

NARROW_SPACE: Final = "\u202f"
"""Groups thousands and never breaks a line."""

_DATE_FACTS: Final = frozenset({"expiry", "floor", "date", "at", "valid_until", "list_date", "now", "time"})


def amount_text(amount_tiyn: int, *, sign: str = "₸") -> str:
    """The amount for people: ``1234567`` → ``12 345,67 ₸`` (narrow spaces between thousands)."""
    minus = "−" if amount_tiyn < 0 else ""
    tenge, tiyn = divmod(abs(amount_tiyn), TIYN_PER_TENGE)
    grouped = f"{tenge:,}".replace(",", NARROW_SPACE)
    return f"{minus}{grouped},{tiyn:02d}" + (f"\u00a0{sign}" if sign else "")


def signed_text(amount_tiyn: int) -> str:
    """A change of a balance: ``+500,00 ₸``, ``−500,00 ₸``, ``0,00 ₸``."""
    return ("+" if amount_tiyn > 0 else "") + amount_text(amount_tiyn)


def day_text(seconds: int) -> str:
    """A date for people, in Kazakhstan, from seconds since 1970 (UTC): ``21.11.2026``."""
    return datetime.fromtimestamp(seconds, LOCAL).strftime("%d.%m.%Y")


def moment_text(seconds: int) -> str:
    """A date and time in Kazakhstan, from seconds since 1970 (UTC): ``21.11.2026 09:46``."""
    return datetime.fromtimestamp(seconds, LOCAL).strftime("%d.%m.%Y %H:%M")


def clock_text(seconds: int) -> str:
    """The same to the second, without the date: ``09:46:12``."""
    return datetime.fromtimestamp(seconds, LOCAL).strftime("%H:%M:%S")


def fact_text(name: str, value: str | int) -> str:
    """One fact of a refusal for people: its unit is in its name (``…_tiyn`` an amount, ``expiry`` a date)."""
    if isinstance(value, str):
        return value
    if name.endswith("_tiyn"):
        return amount_text(value)
    if name in _DATE_FACTS and value > 100_000_000:
        return day_text(value)
    return str(value)
