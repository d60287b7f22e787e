"""What operators want to know of a bank before they do something: asked over its link, kept nowhere."""

from collections.abc import Sequence
from typing import Final

from card_switch.core.node import AskBank, Command
from card_switch.core.quiet import Quiet
from tender.account.card_messages import MerchantAsked, MerchantKnown, decode_reply, encode_order
from tender.errors import Code

NAME: Final = "inquiries"
PATIENCE_MS: Final = 5_000


class Inquiries(Quiet):
    """A host of its own, so that what banks reply comes here."""

    name = NAME

    def __init__(self) -> None:
        self._count = 0
        self._known: dict[str, MerchantKnown] = {}
        self._until_ms: dict[str, int] = {}
        """Asked and not answered yet, and how long that is waited for."""

    def merchant(self, bank: int, number: str, now_ms: int) -> tuple[str, Sequence[Command]]:
        """Is it a client of the bank? The name under which :meth:`answer` has what it says, and the order."""
        self._count += 1
        name = f"merchant-{now_ms:x}-{self._count}"
        self._until_ms[name] = now_ms + PATIENCE_MS
        return name, [AskBank(bank, name, encode_order(MerchantAsked(name, number)))]

    def answer(self, name: str) -> MerchantKnown | None:
        """What the bank said, told once; None while it says nothing."""
        return self._known.pop(name, None)

    def bank_said(self, operation: str, reply: bytes, now_ms: int) -> Sequence[Command]:
        """Kept until somebody fetches it."""
        said = decode_reply(reply)
        if isinstance(said, MerchantKnown) and self._until_ms.pop(operation, None) is not None:
            self._known[operation] = said
        return []

    def due(self, now_ms: int) -> Sequence[Command]:
        """Nobody at the bank's end has said anything."""
        for name in [name for name, until_ms in self._until_ms.items() if until_ms <= now_ms]:
            del self._until_ms[name]
            self._known[name] = MerchantKnown(name, Code.PLATFORM_UNREACHABLE.value, "")
        return []

    def next_deadline(self) -> int | None:
        """When the first of them is over."""
        return min(self._until_ms.values(), default=None)
