"""Returns entered by an operator: a part of a purchase given back, never by itself (DT-C-35).

The purchase is found at its acquirer by its reference (DE37); the return is a request of that acquirer's own,
a refund that names the purchase in DE90. So it goes the way of the purchase, the issuer's bank looks after
how much is left of it, and merchant, banks and network have it in their day like any other request.
"""

from typing import Final

from card_switch.core.acquirer.host import DIALECTS, TERMINAL_DIALECT
from card_switch.core.relay import Relay
from card_switch.core.rows import Conversation, State, key_of, text_of
from card_switch.service.desk import Answer, Later, Question, Told
from card_switch.service.recalling import Recalling
from card_switch.service.switchboard import Switchboard
from card_switch.service.terminals import terminal_number
from card_switch.service.wiring import acquirer_name
from tender.card.iso8583.dialects import translated
from tender.card.iso8583.message import Message, Original, amount_text
from tender.card.iso8583.moments import transmitted_at
from tender.card.response_codes import is_approval, refusal_of
from tender.errors import Code, Refusal
from tender.money import AMOUNT_MAX_TIYN

DESK_LINK: Final = "terminal/desk"
"""Nobody is there: the answer is read from the acquirer's own memory."""
TYPED: Final = "011"
RETURN: Final = "200000"
DESK_TERMINAL: Final = 0
"""The number of the desk among a bank's terminals: what is entered here is in no till's batch."""
_KEPT: Final = (2, 14, 18, 25, 42, 43, 49)
_PURCHASES: Final = ("00", "01")


class ReturnDesk:
    """``card-return``: ``bank`` of the merchant, ``reference`` of the purchase, ``amount_tiyn``.

    A terminal's references are its own: two tills of one bank may give the same to purchases of one hour. So
    ``terminal`` (DE41), ``card`` (its last digits) and ``paid_tiyn`` say which, where they are given.
    """

    def __init__(self, board: Switchboard, recalling: Recalling | None = None) -> None:
        """``recalling``: brings back a purchase that was put away."""
        self._board = board
        self._recalling = recalling
        self._count = 0

    def questions(self) -> dict[str, Question]:
        """By name."""
        return {"card-return": self.give_back}

    def give_back(self, given: Told, now_ms: int) -> Answer | Later:
        """Answered when the issuer has decided; ``order-unknown``; ``reference-shared`` where more than one
        purchase is meant, and nothing is given back."""
        acquirer = self._board.nodes.get(acquirer_name(int(given["bank"])))
        if not isinstance(acquirer, Relay):
            return Refusal(Code.FIELD_WRONG, "bank")
        amount_tiyn = int(given["amount_tiyn"])
        if not 0 < amount_tiyn <= AMOUNT_MAX_TIYN:
            return Refusal(Code.AMOUNT_OUT_OF_RANGE, "amount_tiyn")
        reference = str(given["reference"]).strip()
        if self._recalling is not None:
            self._recalling.purchase(acquirer.name, reference, now_ms)
        found = [
            one
            for one in acquirer.conversations.values()
            if _is_purchase(one, reference) and _is_meant(one.request, given)
        ]
        if not found:
            return Refusal(Code.ORDER_UNKNOWN, "reference")
        if len(found) > 1:
            named = "; ".join(sorted(_in_short(one.request) for one in found))
            return Refusal(Code.REFERENCE_SHARED, "reference", (("purchases", named),))
        said = DIALECTS[found[0].onward]
        message = self._request(translated(found[0].request, said, TERMINAL_DIALECT), amount_tiyn, now_ms)
        key = key_of(message)
        self._board.follow(acquirer.name, acquirer.heard(DESK_LINK, message, now_ms), now_ms)

        def later() -> Answer | None:
            answer = acquirer.conversations[key].answer
            if answer is None:
                return None
            if not is_approval(answer.code):
                # What a terminal calls an amount out of range is here always more than the rest.
                refused = refusal_of(answer.code)
                much = refused.code is Code.AMOUNT_OUT_OF_RANGE
                return Refusal(Code.REFUND_TOO_MUCH, "amount_tiyn") if much else refused
            return {
                "reference": text_of(answer, 37),
                "approval": answer.approval_code,
                "card": str(message.pan),
                "amount_tiyn": amount_tiyn,
            }

        return later

    def _request(self, purchase: Message, amount_tiyn: int, now_ms: int) -> Message:
        self._count += 1
        kept = {number: purchase.fields[number] for number in _KEPT if number in purchase.fields}
        original = Original(purchase.mti, purchase.stan, purchase.transmitted, purchase.acquirer, "")
        # The milliseconds tell two returns of one second apart, also after a restart.
        sent = transmitted_at(now_ms)
        trace = f"{9}{(now_ms + self._count) % 100_000:05}"
        return Message(
            "0200",
            {
                **kept,
                3: RETURN,
                4: amount_text(amount_tiyn),
                7: sent,
                11: trace,
                22: TYPED,
                32: purchase.fields[32],
                37: f"R{sent[:5]}{trace}",
                41: terminal_number(int(purchase.acquirer), DESK_TERMINAL),
                90: original.to_text(),
            },
        )


def _is_purchase(one: Conversation, reference: str) -> bool:
    return (
        one.state is State.APPROVED
        and one.request.mti[1] in "12"
        and one.request.kind in _PURCHASES
        and text_of(one.request, 37) == reference
    )


def _is_meant(purchase: Message, given: Told) -> bool:
    """Whether this is what the rest of the question says, as far as it says anything."""
    terminal, card = str(given.get("terminal", "")).strip(), str(given.get("card", "")).strip()
    paid_tiyn = int(given.get("paid_tiyn", 0))
    return (
        terminal in ("", _terminal(purchase))
        and purchase.pan.digits.endswith(card)
        and paid_tiyn in (0, purchase.amount_tiyn)
    )


def _in_short(purchase: Message) -> str:
    """For whoever has to choose: never the whole number."""
    return f"{_terminal(purchase)} {purchase.pan}"


def _terminal(purchase: Message) -> str:
    return text_of(purchase, 41).strip()
