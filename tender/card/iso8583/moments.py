"""The moments a message speaks of: they carry no year, and some no day."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from tender.errors import Code, RemoteProtocolError

_HALF_YEAR_DAYS: Final = 183


def transmitted_at(now_ms: int) -> str:
    """Data element 7 for this moment (ms since 1970, UTC): ``MMDDhhmmss``."""
    return _second(now_ms // 1000)


@lru_cache(maxsize=1)  # a busy second has many messages
def _second(now_s: int) -> str:
    return datetime.fromtimestamp(now_s, UTC).strftime("%m%d%H%M%S")


def day_of(now_ms: int) -> str:
    """Data elements 13 and 15 for this moment: ``MMDD``, UTC."""
    return transmitted_at(now_ms)[:4]


def when(transmitted: str, now_ms: int) -> int:
    """Seconds since 1970 of data element 7: in the year that puts it nearest to now.

    ``RemoteProtocolError field-wrong`` at ``iso8583.de007`` for a day that the calendar does not have.
    """
    now = datetime.fromtimestamp(now_ms // 1000, UTC)
    near = []
    for year in (now.year - 1, now.year, now.year + 1):
        try:
            near.append(datetime.strptime(f"{year}{transmitted}", "%Y%m%d%H%M%S").replace(tzinfo=UTC))
        except ValueError:
            continue  # 29 February of an ordinary year
    found = min(near, key=lambda moment: abs(moment - now), default=None)
    if found is None or abs(found - now).days > _HALF_YEAR_DAYS:
        raise RemoteProtocolError(Code.FIELD_WRONG, "iso8583.de007")
    return int(found.timestamp())
