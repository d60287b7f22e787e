"""The ways to pay a till knows, as a table: which of them stands open is asked here and nowhere else."""

from dataclasses import dataclass
from typing import Final

from tender.errors import Code

DT_OFFLINE: Final = "dt-offline"
DT_ONLINE: Final = "dt-online"
DT_CONVERTED: Final = "dt-converted"
CASH: Final = "cash"
CARD: Final = "card"


@dataclass(frozen=True, slots=True)
class Tender:
    """A way to pay. ``online``: whether the bank must be reached; ``terminal``: only where the till is a card
    terminal.

    ``account``: whether it needs a Digital Tenge account (True), the lack of one (False), or does not care.
    """

    name: str
    device: bool
    online: bool
    account: bool | None = None
    terminal: bool = False


TENDERS: Final = (
    Tender(DT_OFFLINE, device=True, online=False),
    Tender(DT_ONLINE, device=True, online=True, account=True),
    Tender(DT_CONVERTED, device=True, online=True, account=False),
    Tender(CASH, device=False, online=False),
    Tender(CARD, device=False, online=True, terminal=True),
)
"""In the order in which a cashier is offered them. Cash stands open whatever else does (DT-Q-14)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A tender as it stands now: ``why`` it cannot be chosen, or None."""

    name: str
    online: bool
    why: Code | None = None

    @property
    def open(self) -> bool:
        """Whether it can be chosen."""
        return self.why is None


def choices(*, enrolled: bool, account: bool, terminal: bool = False) -> tuple[Choice, ...]:
    """Every tender that makes sense for this merchant, and whether it can be chosen now."""
    shown = [
        one
        for one in TENDERS
        if (terminal or not one.terminal) and (one.account is None or one.account is account)
    ]
    return tuple(Choice(one.name, one.online, _why(one, enrolled)) for one in shown)


def _why(tender: Tender, enrolled: bool) -> Code | None:
    return Code.NOT_ENROLLED if tender.device and not enrolled else None
