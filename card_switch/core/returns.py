"""Returns by the purchase they name (DE 90): what was given back of a purchase bars its reversal."""

from collections.abc import Mapping
from typing import Final

from card_switch.core.rows import Conversation, State, text_of
from tender.errors import RemoteProtocolError

RETURN_KIND: Final = "20"
_STANDS: Final = (State.ASKED, State.APPROVED)

_Named = tuple[str, str, str]
"""Acquirer, trace number and time of a request."""


class Returns:
    """Of the conversations of one host. A return may come from another till than the purchase."""

    def __init__(self, conversations: Mapping[str, Conversation]) -> None:
        self._conversations = conversations
        self._by_original: dict[_Named, set[str]] = {}

    def note(self, made: Conversation) -> None:
        """Remember whose return it is, where it is one."""
        if made.kind != RETURN_KIND:
            return
        request = made.request
        if request.mti[1] not in "12" or 90 not in request.fields:
            return
        try:
            said = request.original
            named = (_bare(said.acquirer or request.acquirer), said.stan, said.transmitted)
        except RemoteProtocolError:
            return  # it names nothing that can be read, and its issuer will say so
        self._by_original.setdefault(named, set()).add(made.key)

    def stand(self, purchase: Conversation) -> bool:
        """Whether something of this purchase has been given back to its card, or is about to be."""
        request = purchase.request
        found = self._by_original.get((_bare(request.acquirer), request.stan, request.transmitted), ())
        known = [self._conversations[key] for key in found if key in self._conversations]
        return any(one.state in _STANDS and text_of(one.request, 2) == text_of(request, 2) for one in known)


def _bare(number: str) -> str:
    return number.lstrip("0")
