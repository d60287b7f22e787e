"""The dialects there are, by name, and how a message passes from one into the other."""

from typing import Final

from tender.card.iso8583.codec import MalformedMessage
from tender.card.iso8583.dialect import Dialect, NetworkCodes, Place
from tender.card.iso8583.fields import path
from tender.card.iso8583.mastercard_style import MastercardStyle
from tender.card.iso8583.message import Message
from tender.card.iso8583.visa_style import VisaStyle
from tender.errors import Code, LocalProtocolError, RemoteProtocolError

__all__ = [
    "DIALECTS",
    "MASTERCARD_STYLE",
    "VISA_STYLE",
    "Dialect",
    "MalformedMessage",
    "NetworkCodes",
    "Place",
    "translated",
]

VISA_STYLE: Final[Dialect] = VisaStyle()
MASTERCARD_STYLE: Final[Dialect] = MastercardStyle()
DIALECTS: Final = {dialect.name: dialect for dialect in (VISA_STYLE, MASTERCARD_STYLE)}
"""As configuration names them."""

PRIVATE: Final = frozenset((15, 17, 34, 40, 43, 44, 48, *range(56, 64), 93, 96, *range(104, 128)))
"""Elements that mean something else in another dialect, or nothing."""


def translated(message: Message, source: Dialect, target: Dialect) -> Message:
    """The message as the other dialect says it: place, printed code and its result move to where they belong
    there; the life-cycle id is each network's own and is left out, as is all other private data.

    ``RemoteProtocolError field-wrong`` at an element that the other dialect cannot say.
    """
    if source is target:
        return message
    moved = message.without(*PRIVATE)
    try:
        if 43 in message.fields:
            moved = target.with_place(moved, source.place(message))
        if code := source.cvv2(message):
            moved = target.with_cvv2(moved, code)
        if result := source.cvv2_result(message):
            moved = target.with_cvv2_result(moved, result)
    except LocalProtocolError as error:
        # Not ours: it came from the other end of the source.
        raise RemoteProtocolError(error.code, error.field) from None
    for number, value in moved.fields.items():
        form = target.formats.get(number)
        if form is None or (form.varies and len(value) > form.length_most):
            raise RemoteProtocolError(Code.FIELD_WRONG, path(number))
    return moved
