"""A town in which every wire is tapped: what each role hears in one flow, and what it keeps in the end."""

import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from device.service.wallet import Wallet
from device.store.schemas import TABLES
from platform_stub.ports import Exchange
from tender.account.eds import open_order
from tender.account.participants import BANKS, CERTIFICATION_CENTRE, ID_CENTRE, NBK, NOTARY
from tender.cash.revocation import open_list
from tests.privacy.data import Datum, about, listed, of_payment
from tests.wallet.village import Village, approved, good
from town.cast import AIGUL, BOLAT, DANA, MERCHANT

PAYER: Final = "payer"
PAYEE: Final = "payee"
LATER: Final = "later holder of the payment"
CHANGE: Final = "later holder of the change"
PAYERS_BANK: Final = "payer's bank"
PAYEES_BANK: Final = "payee's bank"
LATERS_BANK: Final = "later holder's bank"
OTHER_BANKS: Final = "other banks"
NATIONAL_BANK: Final = "National Bank"
NOTARY_: Final = "notary"
ID_CENTRE_: Final = "ID Center"
CERTIFICATION_: Final = "Certification Center"
GATEWAY: Final = "API gateway"
NEAR: Final = "listener between the devices"
LINE: Final = "listener on the line to the bank"
ROLES: Final = (
    PAYER,
    PAYEE,
    LATER,
    CHANGE,
    PAYERS_BANK,
    PAYEES_BANK,
    LATERS_BANK,
    OTHER_BANKS,
    NATIONAL_BANK,
    NOTARY_,
    ID_CENTRE_,
    CERTIFICATION_,
    GATEWAY,
    NEAR,
    LINE,
)

AIGULIM: Final = replace(AIGUL, shown="Aigulim Nurlanqyzy", cash_tiyn=400_000_000)
BOLATBEK: Final = replace(BOLAT, shown="Bolatbek Serikuly", cash_tiyn=400_000_000)
CAST: Final = {PAYER: AIGULIM, PAYEE: BOLATBEK, LATER: MERCHANT, CHANGE: DANA}
PARTICIPANTS: Final = {
    NBK: NATIONAL_BANK,
    NOTARY: NOTARY_,
    ID_CENTRE: ID_CENTRE_,
    CERTIFICATION_CENTRE: CERTIFICATION_,
    **dict.fromkeys(BANKS, OTHER_BANKS),
    AIGULIM.bank: PAYERS_BANK,
    BOLATBEK.bank: PAYEES_BANK,
    MERCHANT.bank: LATERS_BANK,
}
PARTS_OF_A_PURCHASE: Final = {
    PAYEE: LATER,
    LATER: PAYEE,
    PAYEES_BANK: LATERS_BANK,
    LATERS_BANK: PAYEES_BANK,
}
"""The later holder is the merchant of the town: in a purchase that is the payee."""
FIRST_DEVICE: Final = 0x5ADC0DE1
"""Each bank counts its devices from somewhere here, so that no device's number is met by chance."""

Found = frozenset[tuple[str, str]]
"""(whose, what) of every datum found."""


@dataclass
class Taps:
    """What each role has heard since the flow began."""

    heard: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))

    def hear(self, data: bytes, *roles: str) -> None:
        """These roles got these bytes."""
        for role in roles:
            self.heard[role].append(data)


@dataclass
class TappedLine:
    """A device's line to its bank: the bank, the gateway and whoever listens hear the order, the device the
    answer, and they it too."""

    line: Any
    taps: Taps
    role: str

    def send(self, path: str, raw: bytes) -> bytes:
        """There and back."""
        bank = PARTICIPANTS[int(path.split("/")[2])]
        self.taps.hear(raw, bank, GATEWAY, LINE)
        answer: bytes = self.line.send(path, raw)
        self.taps.hear(answer, self.role, GATEWAY, LINE)
        return answer


@dataclass
class TappedExchange:
    """The way between participants: each end hears the other, the gateway hears both."""

    exchange: Exchange
    taps: Taps

    def send(self, kind: str, raw: bytes) -> bytes:
        """There and back."""
        order = open_order(raw).order
        self.taps.hear(raw, PARTICIPANTS[order.to], GATEWAY)
        answer = self.exchange.send(kind, raw)
        self.taps.hear(answer, PARTICIPANTS[order.sender], GATEWAY)
        return answer


class TappedTown:
    """The village with a tap on each wire, and wallets by role."""

    def __init__(self, folder: Path, *, shown: bool) -> None:
        self.village = Village(folder)
        self.shown = shown
        self.taps = Taps()
        self.wallets: dict[str, Wallet] = {}
        platform = self.village.platform
        exchange = TappedExchange(platform.nbk.desk.exchange, self.taps)
        for desk in (platform.certification.desk, platform.notary.desk, platform.id_centre.desk):
            desk.exchange = exchange
        platform.nbk.desk.exchange = exchange
        for bank in platform.banks.values():
            bank.desk.exchange = exchange
        for number in platform.banks:
            _begin_counting(folder / "platform" / f"bank-{number}.db", FIRST_DEVICE + (number << 12))

    # --- people

    def moves_in(self, role: str) -> Wallet:
        """From nothing to a wallet with an account, by the role's own line."""
        person = CAST[role]
        client = self.village.client(person)
        wallet = self.village.blank(role.replace(" ", "-"))
        self.tap(wallet, role)
        code = self.village.platform.banks[person.bank].clients.activation_code(client.number)
        root_key = self.village.platform.root_key
        good(wallet.membership.enrol(person.bank, code, shown=self.shown, root_key=root_key))
        good(wallet.membership.open_account())
        self.wallets[role] = wallet
        return wallet

    def tap(self, wallet: Wallet, role: str) -> None:
        """Listen to a wallet's line."""
        wallet.desk.wire = lambda _: TappedLine(self.village.line, self.taps, role)

    def clone_of(self, role: str, name: str) -> Wallet:
        """Both folders copied: a second device that believes to be the first."""
        folder, original = self.village.folder, role.replace(" ", "-")
        self.wallets[role].close()
        for place in ("home/wallets", "elements"):
            shutil.copytree(folder / place / original, folder / place / name)
        self.wallets[role] = self.village.reopen(None, original)
        clone = self.village.reopen(None, name)
        for wallet in (self.wallets[role], clone):
            self.tap(wallet, role)
        return clone

    def pays(self, payer: str, payee: str, amount_tiyn: int, purpose: str, by: Wallet | None = None) -> bytes:
        """From hand to hand, the other side and whoever is near hearing each message; the payment's id."""
        giver, taker = by or self.wallets[payer], self.wallets[payee]
        request = good(taker.money.request(amount_tiyn, purpose))
        self.taps.hear(request.message, payer, NEAR)
        (transfer,) = approved(giver.money, request.message).messages
        self.taps.hear(transfer, payee, NEAR)
        (receipt,) = good(taker.money.receive(transfer)).messages
        self.taps.hear(receipt, payer, NEAR)
        good(giver.money.receive(receipt))
        return request.payment

    # --- what was heard

    @contextmanager
    def flow(self) -> Iterator[None]:
        """Forget what was heard before."""
        self.taps.heard.clear()
        yield

    def data(self, amount_tiyn: int, purpose: str, *, payee: str = PAYEE) -> tuple[Datum, ...]:
        """Everything personal there is to find about payer, payee and their payment. ``payee``: who plays
        the payee."""
        players = {PAYER: PAYER, PAYEE: payee}
        found = [one for role, who in players.items() for one in about(role, CAST[who], self.wallets[who])]
        return (*found, *of_payment(amount_tiyn, purpose))

    def told(self, data: tuple[Datum, ...], *, payee: str = PAYEE) -> dict[str, Found]:
        """What each role was told in this flow, its own person's data left out. Where somebody else plays the
        payee, the two of them change places, and so do their banks."""
        swapped = PARTS_OF_A_PURCHASE if payee == LATER else {}
        return {role: self._found(role, data, self.taps.heard[swapped.get(role, role)]) for role in ROLES}

    def kept(self, data: tuple[Datum, ...]) -> dict[str, Found]:
        """What each role keeps in its store."""
        material: dict[str, list[bytes]] = {role: [] for role in ROLES}
        for role, wallet in self.wallets.items():
            material[role].append(_rows_of(wallet))
        files = {"certification": CERTIFICATION_, "nbk": NATIONAL_BANK, "notary": NOTARY_, "gateway": GATEWAY}
        files |= {"id-centre": ID_CENTRE_, **{f"bank-{n}": PARTICIPANTS[n] for n in BANKS}}
        for name, role in files.items():
            material[role].append(_cells_of(self.village.folder / "platform" / f"{name}.db"))
        return {role: self._found(role, data, found) for role, found in material.items()}

    def _found(self, role: str, data: tuple[Datum, ...], heard: list[bytes]) -> Found:
        material = b"\x00".join(heard)
        material += self._opened_lists(material)
        return frozenset((one.whose, one.what) for one in data if one.whose != role and one.within(material))

    def _opened_lists(self, material: bytes) -> bytes:
        """The serials of every revocation list in there: coded bits tell them as well as numbers do."""
        centre = self.village.platform.certification.desk
        with centre.store.reading() as rows:
            lists = rows.signed_after("revocations", 0)
            steps = rows.signed_after("step", 0)
        told = [one for one in lists if one in material]
        told += [lists[place + 1] for place, step in enumerate(steps) if step in material]
        named: list[bytes] = []
        for raw in told:
            known = open_list(raw, self.village.platform.root_key)
            named += [listed(*group, serial) for group in known.entries for serial in known.group(group)]
        return b"".join(named)

    def close(self) -> None:
        """Let go of everything."""
        for wallet in self.wallets.values():
            wallet.close()
        self.village.platform.close()


def _begin_counting(file: Path, first: int) -> None:
    """Let the bank's devices be counted from a number that stands out."""
    with sqlite3.connect(file) as store:
        row = (first, -1, b"nobody" + bytes(26), b"nobody12", "software", "lost", 0, 0, 0)
        names = "number, client, identity, key_id, tier, state, counter, list_number, time"
        store.execute(f"INSERT INTO devices ({names}) VALUES ({', '.join('?' * len(row))})", row)
    store.close()


def _rows_of(wallet: Wallet) -> bytes:
    """Everything a wallet's sealed file holds, opened."""
    kept = [table.record.encode(row) for kind, table in TABLES.items() for row in wallet.desk.store.all(kind)]
    return b"\x00".join(kept)


def _cells_of(file: Path) -> bytes:
    """Every cell of every table of a store, as bytes."""
    found: list[bytes] = []
    store = sqlite3.connect(file)
    for (table,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for row in store.execute(f'SELECT * FROM "{table}"'):
            for cell in row:
                if isinstance(cell, int):
                    found.append(abs(cell).to_bytes(8, "big"))
                elif cell is not None:
                    found.append(cell.encode() if isinstance(cell, str) else bytes(cell))
    store.close()
    return b"\x00".join(found)
