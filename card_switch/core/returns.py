"""Returns by the purchase they name (DE 90): one that stands bars a void of the purchase, and a purchase that
was taken back bars a return."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from card_switch.core.rows import Conversation, State, text_of
from tender.card.iso8583.message import Message
from tender.errors import RemoteProtocolError

RETURN_KIND: Final = "20"
_STANDS: Final = (State.ASKED, State.APPROVED)
_TAKEN_BACK: Final = (State.REVERSED, State.GIVEN_UP)

_Named = tuple[str, str, str]
"""Acquirer, trace number and time of a request."""


class Returns:
    """Of the conversations of one host. A return may come from another till than the purchase."""

    def __init__(self, conversations: Mapping[str, Conversation]) -> None:
        self._conversations = conversations
        self._by_original: dict[_Named, set[str]] = {}
        self._taken_back: dict[_Named, set[str]] = {}

    def note(self, made: Conversation) -> None:
        """Remember whose return it is, where it is one, and what was taken back."""
        if made.kind == RETURN_KIND and made.request.mti[1] in "12" and 90 in made.request.fields:
            try:
                named = _named(made.request)
            except RemoteProtocolError:
                return  # it names nothing that can be read, and its issuer will say so
            self._by_original.setdefault(named, set()).add(made.key)
        elif made.state in _TAKEN_BACK:
            self._taken_back.setdefault(_numbers(made.request), set()).add(made.key)

    def forget(self, gone: Conversation) -> None:
        """It is put away."""
        numbers = [_numbers(gone.request)]
        if gone.kind == RETURN_KIND and 90 in gone.request.fields:
            with suppress(RemoteProtocolError):
                numbers.append(_named(gone.request))
        for index in (self._by_original, self._taken_back):
            for named in numbers:
                index.get(named, set()).discard(gone.key)
                if not index.get(named, True):
                    del index[named]

    def stand(self, purchase: Conversation) -> bool:
        """Whether something of this purchase has been given back to its card, or is about to be."""
        request = purchase.request
        return self._any(self._by_original, _numbers(request), text_of(request, 2), _STANDS)

    def gone(self, message: Message) -> bool:
        """Whether this gives back a purchase that is taken back here, or was given up."""
        if 90 not in message.fields or message.kind != RETURN_KIND:
            return False
        return self._any(self._taken_back, _named(message), message.pan.digits, _TAKEN_BACK)

    def _any(
        self, index: Mapping[_Named, set[str]], named: _Named, card: str, states: tuple[State, ...]
    ) -> bool:
        known = (self._conversations.get(key) for key in index.get(named, ()))
        return any(one and one.state in states and text_of(one.request, 2) == card for one in known)


def credit_word(message: Message) -> str:
    """How a return, and a reversal, name the purchase they speak of (DE 90)."""
    return "/".join(("back", *_named(message)))


def _named(message: Message) -> _Named:
    said = message.original
    return ((said.acquirer or message.acquirer).lstrip("0"), said.stan, said.transmitted)


def _numbers(request: Message) -> _Named:
    return (request.acquirer.lstrip("0"), request.stan, request.transmitted)
