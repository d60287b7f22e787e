"""How long each host waits, and whether a customer has to be waited for.

The nearer to the customer, the longer: terminal 25 s > acquirer 20 s > network 12 s > issuer 5 s. Where the
customer has to say yes in the wallet first, everybody waits that much longer.
"""

from dataclasses import dataclass
from typing import Final

from card_switch.core.rows import text_of
from tender.card.iso8583.message import Message

E_COMMERCE_ENTRY: Final = frozenset({"01", "10", "81"})
E_COMMERCE_CONDITION: Final = "59"


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of patience; configuration of the switch. ``confirm_s``: how long a customer has to confirm a
    purchase on line; ``again_s``: before a reversal is said again."""

    acquirer_s: float = 20
    network_s: float = 12
    issuer_s: float = 5
    confirm_s: int = 120
    again_s: float = 5

    def acquirer_ms(self, message: Message) -> int:
        """An acquirer's patience with this question."""
        return self._ms(self.acquirer_s, message)

    def network_ms(self, message: Message) -> int:
        """A network's."""
        return self._ms(self.network_s, message)

    def _ms(self, seconds: float, message: Message) -> int:
        return int((seconds + (self.confirm_s if is_e_commerce(message) else 0)) * 1000)


def is_e_commerce(message: Message) -> bool:
    """Whether nobody holds the card to a terminal: entry mode 01, 10 or 81 (typed, on file, on line), or
    condition 59."""
    return text_of(message, 22)[:2] in E_COMMERCE_ENTRY or text_of(message, 25) == E_COMMERCE_CONDITION
