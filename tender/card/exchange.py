"""One command and its whole answer over a reader that passes short commands only (ISO/IEC 7816-4, 5.3).

Data longer than 255 bytes goes in links of one chain (CLA bit 5), an answer longer than 256 bytes is fetched
with GET RESPONSE (``61xx``), a wrong Le is asked again with the length the card names (``6Cxx``). All of it
is bounded: a card that says "more" for ever, or more than an answer can hold, is told off.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tender.card.apdu import (
    CHAINED,
    EXTENDED_ANSWER_MOST,
    SHORT_ANSWER_MOST,
    SHORT_DATA_MOST,
    Command,
    Response,
)
from tender.errors import Code, RemoteProtocolError

GET_RESPONSE: Final = 0xC0
_MORE: Final = 0x61
_WRONG_LE: Final = 0x6C
_CHANNEL: Final = 0x03
"""Bits of CLA that name the logical channel: GET RESPONSE goes to the same one."""


def exchange(transmit: Callable[[bytes], bytes], command: Command) -> Response:
    """Send one command of any length and put its whole answer together.

    ``transmit`` passes one short command and gives its answer, such as ``CardReader.transmit``; what it
    raises goes through. A chain that the card refuses at one link ends there, with that answer. Raises
    :class:`~tender.errors.RemoteProtocolError` for an answer that cannot be one: ``message-truncated``,
    ``message-too-long``, ``field-wrong``.
    """
    links = [
        command.data[start : start + SHORT_DATA_MOST]
        for start in range(0, len(command.data), SHORT_DATA_MOST)
    ] or [b""]
    for link in links[:-1]:
        answer = Response.from_bytes(
            transmit(Command(command.cla | CHAINED, command.ins, command.p1, command.p2, link).to_bytes())
        )
        if not answer.is_done:
            return answer
    wanted = None if command.le is None else min(command.le, SHORT_ANSWER_MOST)
    return _whole(transmit, replace(command, data=links[-1], le=wanted))


def _whole(transmit: Callable[[bytes], bytes], last: Command) -> Response:
    """The last link's answer, with every part that waits in the card."""
    answer = Response.from_bytes(transmit(last.to_bytes()))
    if answer.sw >> 8 == _WRONG_LE:
        again = replace(last, le=answer.sw & 0xFF or SHORT_ANSWER_MOST)
        answer = Response.from_bytes(transmit(again.to_bytes()))
    data = bytearray(answer.data)
    while answer.sw >> 8 == _MORE:
        le = answer.sw & 0xFF or SHORT_ANSWER_MOST
        more = Command(last.cla & _CHANNEL, GET_RESPONSE, 0, 0, le=le)
        answer = Response.from_bytes(transmit(more.to_bytes()))
        if answer.sw >> 8 == _MORE and not answer.data:
            raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, "answer")
        data += answer.data
        if len(data) > EXTENDED_ANSWER_MOST:
            raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, "answer")
    return Response(bytes(data), answer.sw)
