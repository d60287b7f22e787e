"""How a switch is set up: which banks, how patient, and which links end outside of this process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from card_switch.core.issuer.settings import Fallback
from card_switch.core.timing import Timing
from tender.account.capabilities import CARD_BANKS, Profile
from tender.account.participants import BANKS

LISTEN: Final = "listen"
CONNECT: Final = "connect"


@dataclass(frozen=True, slots=True)
class Outside:
    """A link that ends at a TCP port on loopback instead of at a host of this process.

    ``way``: ``listen`` for the other to come (``port`` 0: any free one), ``connect`` to go there."""

    way: str
    port: int
    host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class SwitchConfig:
    """One switch process.

    ``terminal_ports``: bank → the port its terminals come to, any free one where it is missing; ``outside``:
    host and its name of the link (``visa``, ``issuer/601``) → where it ends; ``signs_on``: whether terminals
    have to sign on (0800) before anything else; ``bank_port``: of the banks' nodes, 0 for none;
    ``fallback``: what issuers let a stripe do in the place of a chip;
    ``remember_days``: how long an operation that is over, and counted in a closed day, stays in memory;
    ``connections_most``: at the port of one bank's terminals; ``sign_on_s``: a terminal that has not signed
    on within this time is hung up on.
    """

    acquirers: tuple[int, ...] = tuple(BANKS)
    issuers: tuple[int, ...] = CARD_BANKS
    timing: Timing = field(default_factory=Timing)
    profile: Profile = Profile.FULL
    terminal_ports: Mapping[int, int] = field(default_factory=dict)
    outside: Mapping[tuple[str, str], Outside] = field(default_factory=dict)
    signs_on: bool = True
    bank_port: int = 0
    remember_days: int = 3
    fallback: Fallback = field(default_factory=Fallback)
    connections_most: int = 1_000
    sign_on_s: float = 30
