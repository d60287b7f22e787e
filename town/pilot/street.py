"""Banks with clients and shops in virtual time, for as many card operations as a story wants.

Platform, books and wallets are the real ones; nothing runs between them but bytes in this process.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from device.compose import create_wallet
from device.config import Config
from device.service.wallet import Wallet
from hardware.clock import SetClock
from hardware.entropy import SeededEntropy
from platform_stub.compose import Platform, build_platform
from platform_stub.config import PlatformConfig
from tender.account.capabilities import CARD_BANKS
from tender.account.client_messages import TO_DT
from tender.account.identifiers import control_digit
from tender.account.participants import BANKS, number_text
from tender.crypto.sealing import PIN_COST_CHEAP, Pin
from tender.errors import Refusal
from town.balance_sheet import BalanceSheet, read_balance_sheet
from town.bench.two_wallets import Gateway, must
from town.cast import MCC_COFFEE, Person, neighbour
from town.serve import move_in, open_banks

OPENING_S: Final = 1_697_414_400
"""16 October 2023, 00:00 UTC; that month cards with Digital Tenge paid for the first time."""
PIN: Final = Pin("202611")


def user(place: int) -> Person:
    """Somebody with a card, of each bank that issues any in turn."""
    bank = CARD_BANKS[place % len(CARD_BANKS)]
    row = place // len(CARD_BANKS) * len(BANKS) + tuple(BANKS).index(bank)
    return neighbour(row)


def shop(bank: int) -> Person:
    """The shop that banks there."""
    eleven = 12044000000 + 10 * bank
    while (digit := control_digit(f"{eleven:011}")) is None:
        eleven += 1
    name = f"shop-{number_text(bank)}"
    return Person(
        name, f"Shop at {BANKS[bank]}", bank, f"{eleven:011}{digit}", f"+7703{bank:07}", 0, MCC_COFFEE
    )


@dataclass
class Street:
    """Everybody who takes part; stores lie in ``folder``."""

    folder: Path
    clock: SetClock
    entropy: SeededEntropy
    platform: Platform
    users: list[Person]
    shops: Mapping[int, Person]

    @classmethod
    def opened(cls, folder: Path, money_tiyn: Mapping[int, int]) -> "Street":
        """``money_tiyn``: place of a user → Digital Tenge on the account when the month begins."""
        clock, entropy = SetClock(OPENING_S), SeededEntropy("pilot")
        platform = build_platform(folder / "platform", PlatformConfig(durable=False), clock, entropy)
        open_banks(platform)
        shops = {bank: shop(bank) for bank in BANKS}
        for one in shops.values():
            move_in(platform, one)
        street = cls(folder, clock, entropy, platform, [], shops)
        for place, tiyn in sorted(money_tiyn.items()):
            street.users.append(street._client(replace(user(place), cash_tiyn=tiyn)))
        return street

    def _client(self, person: Person) -> Person:
        """A client whose cash all became Digital Tenge."""
        code = move_in(self.platform, person)
        with self.wallet(person) as wallet:
            must(wallet.membership.enrol(person.bank, code, shown=True, root_key=self.platform.root_key))
            must(wallet.membership.open_account())
            must(wallet.bank.convert(TO_DT, person.cash_tiyn))
        return person

    def wallet(self, person: Person) -> Wallet:
        """A new wallet in somebody's hand."""
        config = Config(
            person.name,
            self.folder / "wallets" / person.name,
            self.folder / "elements" / person.name,
            "http://127.0.0.1",
            PIN_COST_CHEAP,
        )
        return create_wallet(config, PIN, self.clock, self.entropy, lambda _: Gateway(self.platform))

    @property
    def now_ms(self) -> int:
        """The street's time."""
        return self.clock.now() * 1_000

    def has(self, person: Person) -> tuple[int, int]:
        """Digital Tenge and ordinary tenge of a client, by the bank's own word (tiyn)."""
        bank = self.platform.banks[person.bank]
        client = bank.client(person.number)
        if isinstance(client, Refusal):
            raise RuntimeError(f"{person.name}: {client}")
        told = bank.balances(client.number)
        return told.dt_tiyn, told.noncash_tiyn

    def rest(self, seconds: int, ticks: int = 1) -> None:
        """Time passes and everybody goes on with what is under way; some of it needs several ``ticks``."""
        self.clock.advance(seconds)
        for _ in range(ticks):
            self.platform.tick()

    def sheet(self) -> BalanceSheet:
        """All books, added up by code of their own."""
        return read_balance_sheet(self.folder / "platform")

    def close(self) -> None:
        """Give the disks back."""
        self.platform.close()
