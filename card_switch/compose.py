"""Wiring of a switch: hosts, keys, rows, sockets, the lines to the banks, the desk."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from card_switch.config import SwitchConfig
from card_switch.core.acquirer.batches import Batches
from card_switch.core.acquirer.host import acquirer
from card_switch.core.archiving import Archive
from card_switch.core.end_of_day import EndOfDay
from card_switch.core.inquiries import Inquiries
from card_switch.core.issued import IssuedOperations
from card_switch.core.issuer.host import Issuer
from card_switch.core.issuer.settings import IssuerSettings
from card_switch.core.issuer.shelf import Shelf
from card_switch.core.network.host import network
from card_switch.core.node import Node
from card_switch.core.outside import Outside
from card_switch.gateway.bank_line import BankLine
from card_switch.ports import Hsm
from card_switch.service.closing import closing_questions
from card_switch.service.desk import SwitchDesk
from card_switch.service.issuing import CardDesk
from card_switch.service.overview import status_questions
from card_switch.service.recalling import Asker, Recalling
from card_switch.service.returning import ReturnDesk
from card_switch.service.switchboard import RowStore, Switchboard
from card_switch.service.terminals import MerchantBook, terminal_questions
from card_switch.service.wiring import join
from card_switch.store.rows import RowSealing, SwitchStore
from hardware.cards.emv.profiles import profile_of_bank
from hardware.disks import open_disk, sqlite_url
from hardware.hsm import SoftHsm
from hardware.hsm_keys import KeyFolder
from tender.account.participants import number_text
from tender.card.pan import Scheme
from tender.errors import Code, LinkError, StoreError
from tender.ports import Entropy

STORE_NAME = "switch.db"
KEYS_NAME = "keys"
ROWS_KEY = "switch/rows"
"""The label of the key that seals the rows."""


class Clock(Protocol):
    """``hardware.clock.SystemClock``, or one that is ahead of it."""

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A switch that has not opened a socket yet."""

    board: Switchboard
    desk: SwitchDesk
    store: SwitchStore
    hsm: Hsm
    issuers: Mapping[int, Issuer]
    lines: dict[int, BankLine]
    """The lines to the banks, once they are opened."""

    def close(self) -> None:
        """Give the disk back."""
        self.store.close()


@dataclass(frozen=True, slots=True)
class Hosts:
    """Every host of this process, as it was, and the pipes between them."""

    board: Switchboard
    issuers: Mapping[int, Issuer]
    batches: Mapping[int, Batches]
    end_of_day: EndOfDay
    inquiries: Inquiries
    recalling: Recalling


def build_hosts(config: SwitchConfig, hsm: Hsm, store: RowStore, now_ms: int) -> Hosts:
    """The hosts over these rows."""
    timing = config.timing
    issuers = {
        bank: Issuer(IssuerSettings(bank, config.profile, timing, config.fallback), hsm)
        for bank in config.issuers
    }
    outside = Outside(config.outside)
    made = {bank: acquirer(bank, hsm, timing, outside) for bank in config.acquirers}
    acquirers = {bank: relay for bank, (relay, _) in made.items()}
    networks = [network(scheme, hsm, timing, Outside(config.outside)) for scheme in Scheme]
    books = {bank: IssuedOperations(issuer) for bank, issuer in issuers.items()}
    end = EndOfDay(acquirers, networks, books, outside)
    shelves = {shelf.name: shelf for shelf in (Shelf(issuer, outside) for issuer in issuers.values())}
    closing = {relay.name: made[bank][1] for bank, relay in acquirers.items()}
    relays = [*acquirers.values(), *networks]
    archive = Archive(relays, shelves.values(), closing, end, config.remember_days)
    inquiries = Inquiries()
    nodes: list[Node] = [*relays, *issuers.values(), end, archive, inquiries]
    board = Switchboard(nodes, store)
    askers: dict[str, Asker] = {**{relay.name: relay for relay in relays}, **shelves}
    recalling = Recalling(board, store, archive, askers, {end.name: end})
    board.before_hearing = recalling.before
    board.restore(now_ms)
    join(board, config, now_ms)
    batches = {bank: one for bank, (_, one) in made.items()}
    return Hosts(board, issuers, batches, end, inquiries, recalling)


def store_at(folder: Path, sealing: RowSealing, database: str = "") -> SwitchStore:
    """The rows: in this database (SQLAlchemy URL, PostgreSQL), or in a SQLite file in the folder. Raises
    :class:`~tender.errors.StoreError`, ``store-busy`` where another switch has the database open: the rows of
    both would be one heap."""
    disk = open_disk(database or sqlite_url(folder / STORE_NAME), "switch")
    try:
        disk.claim()
        return SwitchStore(disk, sealing)
    except StoreError:
        disk.close()
        raise


def build_switch(
    folder: Path, config: SwitchConfig, clock: Clock, entropy: Entropy, database: str = ""
) -> Switch:
    """The switch whose keys lie in this folder, and its rows too unless a ``database`` is named
    (:func:`store_at`); raises :class:`~tender.errors.StoreError`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys = KeyFolder(folder / KEYS_NAME, entropy)
    sealing = RowSealing(keys.sealing_key(ROWS_KEY), entropy)
    store = store_at(folder, sealing, database)
    hsm = SoftHsm(keys)
    hosts = build_hosts(config, hsm, store, clock.now_ms())
    lines: dict[int, BankLine] = {}
    kinds = {bank: profile_of_bank(bank) for bank in config.issuers}
    desk = SwitchDesk(
        status_questions(hosts.board, lines),
        terminal_questions(hsm, config.profile, MerchantBook(hosts.board, hosts.inquiries)),
        closing_questions(hosts.board, hosts.end_of_day, hosts.batches),
        CardDesk(hosts.board, hosts.issuers, config.profile, hsm, kinds, entropy).questions(),
        ReturnDesk(hosts.board, hosts.recalling).questions(),
    )
    return Switch(hosts.board, desk, store, hsm, hosts.issuers, lines)


def bank_lines(
    town: Path, banks: tuple[int, ...], entropy: Entropy, replied: Callable[[int, str, bytes], None]
) -> dict[int, BankLine]:
    """The lines to the banks of the town whose state lies in this folder (``town.json``)."""

    def address() -> tuple[str, int]:
        state = json.loads((town / "town.json").read_text())
        host, _, port = str(state["card_link"]).rpartition(":")
        return host, int(port)

    lines = {}
    for bank in banks:
        file = town / "platform" / "card_link" / f"{number_text(bank)}.key"
        try:
            key = file.read_bytes()
        except OSError as error:
            raise LinkError(Code.PLATFORM_UNREACHABLE, "card-link") from error

        def said(operation: str, reply: bytes, bank: int = bank) -> None:
            replied(bank, operation, reply)

        lines[bank] = BankLine(bank, address, key, entropy, said)
    return lines
