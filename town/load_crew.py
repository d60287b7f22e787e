"""Who pays when the running switch is put under load: test clients with cards, one test shop's terminals.

They are clients of the running town like any others, so that the town's own books have to add up with them.
What is made for one load is put away at its end: cards are closed, what was not spent goes back from Digital
Tenge into tenge. What stays is said by :data:`LEFT_BEHIND`.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from device.compose import create_wallet, open_wallet
from device.config import Config
from device.service.wallet import Wallet
from faces.language import label
from hardware.clock import SystemClock
from hardware.entropy import SystemEntropy
from hardware.wires import HttpWire
from platform_stub.compose import build_platform
from platform_stub.config import PlatformConfig
from tender.account.capabilities import CARD_BANKS, Capability, Profile, offers
from tender.account.card_messages import CLOSED
from tender.account.client_messages import FROM_DT, TO_DT
from tender.account.identifiers import control_digit
from tender.account.participants import KAZPOST
from tender.crypto.sealing import PIN_COST_CHEAP, Pin
from tender.errors import Code, Refusal
from town.bench.card_payers import Ask, Payer
from town.bench.two_wallets import must
from town.cast import MCC_MARKET, Person
from town.serve import move_in
from town.town import STORY_PIN

FIRST_TERMINAL: Final = 91_001
"""Numbers of the terminals that load is made with, as many as it has connections: neither tills, which are
counted from 1, nor the shop on the web (``town/shop/terminal.py``) have one of these."""
FIRST_CASH_TIYN: Final = 100
_NEEDED: Final = (
    Capability.ACCOUNT_PERSON,
    Capability.TO_DT_PERSON,
    Capability.FROM_DT_PERSON,
    Capability.CARD_REAL,
    Capability.CARD_PURCHASE,
    Capability.PURCHASE_OFF_US,
)
_REFERENCE_BYTES: Final = 32
LEFT_BEHIND: Final = ("clients", "shop", "purchases", "cards", "terminals")
"""What stays in the town: the test clients (without Digital Tenge), the test shop and what it was paid,
the purchases in the day's books, the cards (closed), the numbers of terminals (their batches closed)."""


def numbered(eleven: str) -> str:
    """The number that begins so, with its check digit; the next beginning where that one has none."""
    while (digit := control_digit(eleven)) is None:
        eleven = str(int(eleven) + 1).zfill(len(eleven))
    return f"{eleven}{digit}"


SHOP: Final = Person(
    "load-shop", "Load test shop", KAZPOST, numbered("20014000009"), "+77090000000", 100, MCC_MARKET
)


def client_of(bank: int) -> Person:
    """The test client of this bank."""
    number, phone = numbered(f"9901013{bank:03}0"), f"+7709{bank:07}"
    return Person(f"load-{bank}", f"Load {bank}", bank, number, phone, FIRST_CASH_TIYN)


def able_banks(profile: Profile) -> tuple[int, ...]:
    """Those where a person turns tenge into Digital Tenge, and whose cards pay at another bank's terminal."""
    return tuple(bank for bank in CARD_BANKS if all(offers(profile, bank, one) for one in _NEEDED))


@dataclass
class Crew:
    """``payers`` in the order of their terminals; ``wallets``: of the clients whose cards they have."""

    payers: list[Payer] = field(default_factory=list)
    wallets: list[Wallet] = field(default_factory=list)


@contextmanager
def crew(
    town: Path,
    state: dict[str, Any],
    ask: Ask,
    count: int,
    each_tiyn: int,
    heed: Callable[[], None] = lambda: None,
) -> Iterator[Crew]:
    """So many cards, each good for ``each_tiyn``, of clients of the running town (``state``: its
    ``town.json``); at the end they are put away, whatever came in between. ``heed`` is called where nothing
    is half made, and may raise. Raises ``RuntimeError`` where a bank or the switch refuses what is needed."""
    banks = able_banks(Profile(state["profile"]))[:count]
    if not banks:
        raise RuntimeError(label("load.no-bank"))
    people = [client_of(bank) for bank in banks]
    places = [banks[place % len(banks)] for place in range(count)]
    wants = {bank: each_tiyn * places.count(bank) for bank in banks}
    codes = _moved_in(town, Profile(state["profile"]), people, wants)
    made = Crew()
    with ExitStack() as ends:
        for person in people:
            heed()
            wallet = ends.enter_context(_wallet(town, state, person, codes[person.bank]))
            made.wallets.append(wallet)
            ends.callback(_change_back, wallet)
            must(wallet.bank.convert(TO_DT, wants[person.bank]))
        whose = {person.bank: person for person in people}
        _close_cards(ask)  # of a load that was killed: their PIN is everybody's
        ends.callback(_close_cards, ask)
        for place, bank in enumerate(places):
            heed()
            made.payers.append(Payer.made(ask, whose[bank], FIRST_TERMINAL + place, SHOP.number))
        yield made


def _close_cards(ask: Ask) -> None:
    """Every card of every test client, however many loads and breaks it is from; one that cannot be closed
    keeps none of the others."""
    with ExitStack() as closing:
        for bank in CARD_BANKS:
            for card in ask("card-list", bank=bank, client=client_of(bank).number)["cards"]:
                if card["state"] != CLOSED:
                    closing.callback(ask, "card-close", card=card["reference"])


def _moved_in(town: Path, profile: Profile, people: list[Person], wants: dict[int, int]) -> dict[int, str]:
    """The clients and the shop at their banks, cash paid in for what is going to be spent; bank → a code for
    the client's device. It is what a bank's staff does (`tenge platform`), over the same stores."""
    entropy = SystemEntropy()
    platform = build_platform(
        town / "platform", PlatformConfig(offering=profile), SystemClock(), SystemEntropy()
    )
    try:
        move_in(platform, SHOP)
        codes = {}
        for person in people:
            codes[person.bank] = move_in(platform, person)
            bank = platform.banks[person.bank]
            number = must(bank.client(person.number)).number
            bank.clients.pay_in_cash(number, wants[person.bank], entropy.draw(_REFERENCE_BYTES))
        return codes
    finally:
        platform.close()


@contextmanager
def _wallet(town: Path, state: dict[str, Any], person: Person, code: str) -> Iterator[Wallet]:
    """The test client's wallet, which stays in the town for the next load."""
    config = Config(
        person.name,
        town / "load" / person.name,
        town / "load" / f"{person.name}.element",
        state["url"],
        PIN_COST_CHEAP,
    )
    parts = (Pin(STORY_PIN), SystemClock(), SystemEntropy(), HttpWire)
    with open_wallet(config, *parts) if config.store.exists() else create_wallet(config, *parts) as wallet:
        root_key = bytes.fromhex(state["root_key"])
        joining = wallet.membership
        for done in (
            joining.enrol(person.bank, code, shown=True, root_key=root_key),
            joining.open_account(),
        ):
            if not (isinstance(done, Refusal) and done.code is Code.ACCOUNT_EXISTS):
                must(done)  # what exists is of an earlier load
        yield wallet


def _change_back(wallet: Wallet) -> None:
    """What is left on the account becomes tenge again."""
    left_tiyn = must(wallet.bank.statement(1)).balances.dt_tiyn
    if left_tiyn:
        must(wallet.bank.convert(FROM_DT, left_tiyn))
