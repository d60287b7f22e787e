"""What `tenge switch status` shows: links, what every host remembers, and what is owed."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol

from card_switch.core.acquirer.batches import counted
from card_switch.core.relay import Relay
from card_switch.service.desk import Question, Told
from card_switch.service.switchboard import Switchboard


class Line(Protocol):
    """The line to a bank (``card_switch/gateway/bank_line.py``)."""

    @property
    def up(self) -> bool:
        """Whether the bank is there."""

    @property
    def waiting(self) -> int:
        """Orders without an answer."""


def overview(board: Switchboard, lines: Mapping[int, Line]) -> dict[str, Any]:
    """Plain rows for programs; amounts in tiyn."""
    links = [
        {"host": host, "link": name, "state": state.value} for (host, name), state in board.states().items()
    ]
    hosts = [relay_row(node) for node in board.nodes.values() if isinstance(node, Relay)]
    banks = [{"bank": bank, "up": line.up, "waiting": line.waiting} for bank, line in lines.items()]
    return {"links": links, "hosts": hosts, "banks": banks}


def relay_row(relay: Relay) -> dict[str, Any]:
    """What one acquirer or network remembers."""
    states = Counter(one.state.value for one in relay.conversations.values())
    totals = counted(relay.conversations.values())
    owed = len(relay.reversals.owed)
    return {"host": relay.name, "stands_tiyn": totals.net_tiyn, "owed": owed, "states": dict(states)}


def status_questions(board: Switchboard, lines: Mapping[int, Line]) -> dict[str, Question]:
    """``status``."""

    def status(given: Told, now_ms: int) -> dict[str, Any]:
        return overview(board, lines)

    return {"status": status}
