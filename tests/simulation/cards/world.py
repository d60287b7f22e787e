"""A town of terminals, one switch and five banks in virtual time; every link between two hosts may fail."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

from card_switch.core.day_records import Day
from card_switch.core.end_of_day import NAME
from card_switch.core.issuer.card_life import pin_tries_given_back
from card_switch.core.issuer.cards import CardRecord, Limits
from card_switch.core.relay import Relay
from tender.account.card_messages import ACTIVE, CARD_LINK_BYTES, REAL, CardIssued
from tender.account.identifiers import control_digit
from tender.account.participants import ALTYN, BANKS, CENTERCREDIT, EURASIAN, HALYK
from tender.card.bins import bin_of
from tender.card.pan import Pan, luhn_digit
from tender.errors import Refusal
from tests.issuer.world import EXPIRY, PIN, hsm
from tests.platform_stub.people import TENGE, Person, numbered, open_town
from tests.simulation.cards.bank_node import BankNode
from tests.simulation.cards.customers import Customer
from tests.simulation.cards.foreign import Foreign
from tests.simulation.cards.pocket import SERVICE_CODE, Holder, Plastic
from tests.simulation.cards.switch import Switch
from tests.simulation.cards.till import Till
from tests.simulation.cards.weather import Sky


def _numbered(eleven: str) -> str:
    """With a check digit; the number before it may move on until there is one."""
    while (digit := control_digit(eleven)) is None:
        eleven = f"{int(eleven) + 1:011}"
    return f"{eleven}{digit}"


CLIENTS: Final = tuple(
    Person(f"client of {bank}", bank, _numbered(f"91051445{bank:03}"), f"+7701234{bank:04}")
    for bank in (ALTYN, EURASIAN, HALYK, CENTERCREDIT)
)
SHOPS: Final = tuple(
    Person(f"shop of {bank}", bank, _numbered(f"12044000{bank:03}"), f"+7702234{bank:04}", 5814)
    for bank in BANKS
)
CARDS_EACH: Final = 8
RICH_TENGE: Final = 900_000
POOR: Final = EURASIAN
POOR_TENGE: Final = 60_000
"""One client's money ends, so that some are declined by their bank."""
DT_SHOP: Final = HALYK
"""One bank's shop takes Digital Tenge at its second till."""
TICK_MS: Final = 600_000
LIMITS: Final = Limits(day_tiyn=30_000_000_00, cash_day_tiyn=30_000_000_00, day_count=100_000)
"""A world's day is busier than a client's."""


class World:
    """Everybody; the switch's rows, the banks' stores and the terminals' books outlive every crash."""

    def __init__(self, home: Path, seed: int, fault_share: float = 0.01) -> None:
        self.home = home
        self.town = open_town(home)
        self.sky = Sky(str(seed), self.town.clock.now() * 1000, fault_share)
        self.count: Counter[str] = self.sky.count
        self.story: list[str] = []
        self.random: Random = self.sky.random("world")
        self.start_tiyn: dict[int, int] = {}
        self.customers: dict[int, Customer] = {}
        for person in CLIENTS:
            tenge = POOR_TENGE if person.bank == POOR else RICH_TENGE
            self.town.stock(person.bank, 2 * tenge)
            phone = self.town.rich_phone(person, tenge)
            self.start_tiyn[person.bank] = tenge * TENGE
            self.customers[person.bank] = Customer(self.sky, person, phone)
        for shop in SHOPS:
            self.town.phone(shop)
        self.banks = {
            number: BankNode(self.sky, number, bank) for number, bank in self.town.platform.banks.items()
        }
        self.switch = Switch(self.sky, self.banks)
        self.cards = [self._card(person, number) for person in CLIENTS for number in range(1, CARDS_EACH + 1)]
        self.tills: list[Till] = []
        self.machines: list[Till] = []
        self.foreign: list[Foreign] = []
        for shop in SHOPS:
            self._terminals_of(shop)
        self.returned: dict[str, str] = {}
        """Returns an operator entered, by reference: what the operator heard, empty: nothing."""
        self.sky.after(TICK_MS, self._tick)
        self.pass_time(30_000)

    @property
    def terminals(self) -> list[Till]:
        """Every one of ours."""
        return [*self.tills, *self.machines]

    def _terminals_of(self, shop: Person) -> None:
        """Two tills, a cash machine, somebody else's terminal; each counts from a number of its own, for an
        operator finds a purchase by DE 37 alone."""
        connect, bank = self.switch.connect_to(shop.bank), shop.bank
        dt = bank == DT_SHOP
        self.tills.append(Till(self.sky, f"{bank}00001", shop, connect, number=100_000))
        self.tills.append(Till(self.sky, f"{bank}00002", shop, connect, accepts_dt=dt, number=200_000))
        machine = Till(self.sky, f"{bank}00003", shop, connect, cash_machine=True, number=300_000)
        self.machines.append(machine)
        self.foreign.append(Foreign(self.sky, f"{bank}00009", shop, connect, 400_000))

    def _card(self, person: Person, number: int) -> Plastic:
        digits = f"{bin_of(person.bank)}{number:09d}"
        pan = Pan(digits + luhn_digit(digits))
        record = CardRecord(
            link=numbered(f"card {person.bank} {number}")[:CARD_LINK_BYTES],
            number=pan.digits,
            sequence=1,
            expiry=EXPIRY,
            service_code=SERVICE_CODE,
            pvv=hsm().pin_verification_value(person.bank, pan, PIN),
            kind=REAL,
            state=ACTIVE,
            why="",
            client=person.identifier,
            limits=LIMITS,
        )
        order = CardIssued(
            f"issue {person.name} {number}",
            record.link,
            person.identifier,
            str(pan),
            REAL,
            ACTIVE,
            record.expiry,
        )
        assert not self.town.platform.banks[person.bank].cards.card(order).code
        issuer = self.switch.hosts.issuers[person.bank]
        self.switch.follow(issuer.name, [issuer.holders.put(record)])
        held = Plastic(person.bank, record, plain=number > 1)
        self.customers[person.bank].cards.append(held)
        return held

    # --- time

    def _tick(self) -> None:
        self.town.platform.tick()
        self.sky.after(TICK_MS, self._tick)

    def pass_time(self, wait_ms: int) -> None:
        """Let everything happen that happens by then."""
        until_ms = self.sky.now_ms + wait_ms
        while True:
            times = [self.sky.next_ms(), self.switch.next_deadline()]
            next_ms = min(one for one in times if one is not None)
            if next_ms > until_ms:
                break
            self.sky.now_ms = max(next_ms, self.sky.now_ms)
            self.town.clock.set(self.sky.now_ms // 1000)
            self.sky.do_due()
            self.switch.turn()
        self.sky.now_ms = until_ms
        self.town.clock.set(until_ms // 1000)

    # --- what banks and operators do

    def block_bank(self, bank: int, blocked: bool) -> None:
        """The platform blocks a bank, or lets it go on (DT-M-07)."""
        self.town.platform.gateway.block(bank, blocked=blocked)
        self.banks[bank].look_up(blocked)

    def block_account(self, bank: int, blocked: bool) -> None:
        """A bank's staff block its client's account."""
        node = self.town.platform.banks[bank]
        client = node.client(self.customers[bank].person.identifier)
        assert not isinstance(client, Refusal)
        assert not isinstance(node.accounts.block(client.number, blocked), Refusal)

    def give_tries_back(self) -> None:
        """The issuers' operators give all cards their tries back, and their chips hear of it."""
        if self.switch.alive:
            for issuer in self.switch.hosts.issuers.values():
                for card in tuple(issuer.holders.cards.values()):
                    self.switch.follow(issuer.name, pin_tries_given_back(issuer, card))

    def give_back(self, bank: int, reference: str, amount_tiyn: int) -> None:
        """An operator enters a return, and looks whether it was done until the switch dies (DT-C-35)."""
        hosts = self.switch.hosts
        asked = self.switch.give_back(bank, reference, amount_tiyn) if self.switch.alive else None
        if not callable(asked):
            self.count["returns not begun"] += 1
            return
        self.count["operations"] += 1

        def look() -> None:
            if hosts is not self.switch.hosts or not self.switch.alive:
                self.count["returns nobody knows the end of"] += 1
                return
            said = asked()
            if said is None:
                self.sky.after(500, look)
                return
            refused = isinstance(said, Refusal)
            self.count["returns refused" if refused else "returns done"] += 1
            if isinstance(said, dict):
                self.returned[str(said["reference"])] = str(said["approval"])

        self.sky.after(500, look)

    # --- the end

    def close_day(self) -> None:
        """Close the day as it stands; nothing while an earlier one waits for a bank."""
        if not self.switch.alive:
            return
        closed = self.switch.hosts.end_of_day.close(self.sky.now_ms)
        if not isinstance(closed, Refusal):
            self.count["days closed"] += 1
            self.switch.follow(NAME, closed[1])

    def settle(self) -> Day:
        """The sun comes out: everything owed is said, batches and the day are closed."""
        self.sky.fault_share = 0.0
        self.switch.rows.full = False
        for bank in BANKS:
            self.block_bank(bank, False)
        for one in self.banks.values():
            one.dies("")
        for bank, customer in self.customers.items():
            self.block_account(bank, False)
            customer.stops_none()
        self.give_tries_back()
        self._until(self._at_rest, "somebody waits for ever")
        for till in self.terminals:
            till.close_batch()
        self.pass_time(60_000)
        self._until(self._at_rest, "a batch is not closed")
        self.close_day()
        self.pass_time(600_000)
        for node in self.town.platform.banks.values():
            node.card_moves.tick(all_of_it=True)
            node.card_payments.tick(all_of_it=True)
        for _ in range(3):
            self.pass_time(60_000)
            self.town.platform.tick()
        end = self.switch.hosts.end_of_day
        day = max(end.days.values(), key=lambda one: one.number)
        assert day.complete, "a bank does not close its day"
        return day

    def _everybody(self) -> list[Till | Foreign]:
        return [*self.terminals, *self.foreign]

    def _at_rest(self) -> bool:
        end = self.switch.hosts.end_of_day
        waits = any(one.waits for one in self._everybody())
        relays = (one for one in self.switch.hosts.board.nodes.values() if isinstance(one, Relay))
        waits = waits or any(one.reversals.owed for one in relays)
        return self.switch.alive and not waits and all(day.complete for day in end.days.values())

    def _until(self, holds: Callable[[], bool], otherwise: str) -> None:
        for _ in range(100):
            self.pass_time(60_000)
            if holds():
                return
            for one in self._everybody():
                one.go_on()
        raise AssertionError(otherwise)

    def ask_balances(self) -> dict[int, int | None]:
        """What each client's own card says it may spend, at a cash machine; ``None``: nothing was said."""
        said: dict[int, int | None] = {}
        for (bank, customer), machine in zip(self.customers.items(), self.machines, strict=False):

            def told(free_tiyn: int | None, bank: int = bank) -> None:
                said[bank] = free_tiyn

            machine.balance(customer.cards[0], Holder(), told)
        self.pass_time(60_000)
        return said

    def close(self) -> None:
        """Give the stores back."""
        self.town.platform.close()
