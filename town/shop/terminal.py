"""What the shop's terminal is: its acquirer's paper, asked of the town's running switch; its sealed book."""

from typing import Final

from card_switch.cli.asking import ask, running
from device.config import Config
from pos.compose import create_till, open_till
from pos.config import TillConfig, as_till
from pos.core.card_settings import CardSettings
from pos.service.till import Till
from tender.account.participants import number_text
from tender.crypto.sealing import Pin
from tender.errors import LinkError, Refusal
from town.cast import Person
from wallet.cli.opening import devices

HOST: Final = "127.0.0.1"
COUNT: Final = 90_001
"""Which terminal of its acquirer; those of tills are counted from 1."""


def shop_till(config: Config, pin: Pin) -> Till:
    """The shop's book of card payments; made when there is none."""
    till = TillConfig(as_till(config))
    make = open_till if till.device.store.is_file() else create_till
    return make(till, pin, *devices(till.device))


class SwitchPaper:
    """What the acquirer in the town's switch hands out to this merchant, asked once for each switch."""

    def __init__(self, merchant: Person) -> None:
        self._merchant = merchant
        self._known: tuple[int, CardSettings] | None = None

    def __call__(self) -> CardSettings:
        """Raises :class:`~tender.errors.LinkError`: ``switch-unreachable`` when none runs, or why it
        refuses."""
        state, merchant = running(), self._merchant
        process = int(state["pid"])
        if self._known is not None and self._known[0] == process:
            return self._known[1]
        told = ask(
            "terminal",
            bank=merchant.bank,
            count=COUNT,
            merchant=merchant.number,
            category=merchant.category,
            accepts_dt=False,
            cash_machine=False,
        )
        if isinstance(told, Refusal):
            raise LinkError(told.code, told.field)
        made = CardSettings(
            host=HOST,
            port=int(state["terminals"][number_text(merchant.bank)]),
            acquirer=str(told["acquirer"]),
            terminal=str(told["terminal"]),
            merchant=str(told["merchant"]),
            key=bytes.fromhex(told["key"]),
            category=int(told["category"]),
            mac_key=bytes.fromhex(told["mac_key"]),
        )
        self._known = process, made
        return made
