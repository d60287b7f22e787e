"""What a bank keeps: its clients, their accounts and devices, their history, its node, books and desk."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    func,
    select,
    update,
)

from platform_stub.store.card_book_rows import CardBookRows, card_book_tables
from platform_stub.store.card_rows import CardRows, card_tables
from platform_stub.store.device_orphan_rows import OrphanRows, orphan_tables
from platform_stub.store.hand_over_rows import LateMoneyRows, late_money_tables
from platform_stub.store.ledger_rows import ledger_tables
from platform_stub.store.sale_rows import SaleRows, sale_tables
from tender.account.client_messages import StatementEntry

TABLES = MetaData()
ledger_tables(TABLES)
orphan_tables(TABLES)
late_money_tables(TABLES)
sale_tables(TABLES)
card_tables(TABLES)
card_book_tables(TABLES)

CLIENTS = Table(
    "clients",
    TABLES,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(6), nullable=False),
    Column("identifier", String(12), nullable=False, unique=True),
    Column("phone", String(20), nullable=False),
    Column("surname", String(60), nullable=False),
    Column("first_name", String(60), nullable=False),
    Column("patronymic", String(60), nullable=False),
    Column("name", String(120), nullable=False),
    Column("category", Integer, nullable=False),
    Column("identified", Boolean, nullable=False),
    Column("name_shown", Boolean, nullable=False),
)
CODES = Table(
    "activation_codes",
    TABLES,
    Column("code", LargeBinary(32), primary_key=True),
    Column("client", Integer, nullable=False),
    Column("expiry", Integer, nullable=False),
    Column("used", Boolean, nullable=False),
)
ACCOUNTS = Table(
    "accounts",
    TABLES,
    Column("address", LargeBinary(32), primary_key=True),
    Column("client", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Column("time", Integer, nullable=False),
    UniqueConstraint("client", "place"),
)
DEVICES = Table(
    "devices",
    TABLES,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("client", Integer, nullable=False, index=True),
    Column("identity", LargeBinary(32), nullable=False, unique=True),
    Column("key_id", LargeBinary(8), nullable=False, index=True),
    Column("tier", String(16), nullable=False),
    Column("state", String(8), nullable=False),
    Column("counter", Integer, nullable=False),
    Column("list_number", Integer, nullable=False),
    Column("time", Integer, nullable=False),
)
KEYS = Table(
    "device_keys",
    TABLES,
    Column("key", LargeBinary(32), primary_key=True),
    Column("device", Integer, nullable=False, index=True),
    Column("epoch_day", Integer, nullable=False, index=True),
    Column("serial", Integer, nullable=False),
    Column("certificate", LargeBinary, nullable=False),
    Column("attestation", LargeBinary, nullable=True),
    Column("batch", LargeBinary, nullable=False),
)
ENTRIES = Table(
    "client_entries",
    TABLES,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("client", Integer, nullable=False, index=True),
    Column("time", Integer, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("form", String(8), nullable=False),
    Column("change_tiyn", BigInteger, nullable=False),
    Column("party", String(120), nullable=False),
    Column("purpose", String(140), nullable=False),
    Column("status", String(40), nullable=False),
    Column("reference", LargeBinary(32), nullable=False),
    UniqueConstraint("client", "kind", "form", "reference"),
)
RECEIVABLES = Table(
    "receivables",
    TABLES,
    Column("reference", LargeBinary(32), primary_key=True),
    Column("client", Integer, nullable=False, index=True),
    Column("device", Integer, nullable=False),
    Column("amount_tiyn", BigInteger, nullable=False),
    Column("paid_tiyn", BigInteger, nullable=False),
    Column("proof", LargeBinary, nullable=False),
)
OPENINGS = Table(
    "openings",
    TABLES,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("time", Integer, nullable=False),
    Column("key", LargeBinary(32), nullable=False),
    Column("why", String(120), nullable=False),
    Column("answered", Boolean, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Client:
    """A client: ``identifier`` is the IIN of a person, the BIN of a firm; ``category`` 0 or the MCC."""

    number: int
    kind: str
    identifier: str
    phone: str
    surname: str
    first_name: str
    patronymic: str
    name: str
    category: int
    identified: bool
    name_shown: bool


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolled device and its identity key; ``state`` active or lost.

    ``list_number``: the newest revocation list it has fetched here.
    """

    number: int
    client: int
    identity: bytes
    tier: str
    state: str
    counter: int
    list_number: int


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """A certified one-time key and the batch request that its device signed for it."""

    key: bytes
    device: int
    epoch_day: int
    serial: int
    certificate: bytes
    attestation: bytes | None
    batch: bytes


class BankRows(CardRows, CardBookRows, OrphanRows, LateMoneyRows, SaleRows):
    """Queries of a bank."""

    tables = TABLES

    # --- clients

    def add_client(self, client: Client) -> Client:
        """Keep a client; one entry for each IIN or BIN."""
        values = {name: getattr(client, name) for name in Client.__slots__ if name != "number"}
        if not self.add_once(CLIENTS, values):
            self.connection.execute(
                update(CLIENTS).where(CLIENTS.c.identifier == client.identifier).values(**values)
            )
        found = self.client_by("identifier", client.identifier)
        assert found is not None
        return found

    def client_by(self, column: str, value: str | int) -> Client | None:
        """A client by number, identifier or phone."""
        row = self.find_one("clients", Client.__slots__, **{column: value})
        # SQLite has no truth values: the last two come as numbers.
        return None if row is None else Client(*row[:-2], *map(bool, row[-2:]))

    def clients(self) -> list[Client]:
        """All of them."""
        query = select(*(CLIENTS.c[name] for name in Client.__slots__)).order_by(CLIENTS.c.number)
        return [Client(*row) for row in self.connection.execute(query)]

    def show_name(self, client: int, shown: bool) -> None:
        """The user decides alone (DT-A-01)."""
        self.connection.execute(update(CLIENTS).where(CLIENTS.c.number == client).values(name_shown=shown))

    def add_code(self, code: bytes, client: int, expiry: int) -> None:
        """An activation code, as its hash."""
        self.add_once(CODES, {"code": code, "client": client, "expiry": expiry, "used": False})

    def use_code(self, code: bytes, now: int) -> int | None:
        """The client of a good code, which is used up by that; None for any other."""
        row = self.connection.execute(select(CODES.c.client).where(CODES.c.code == code)).first()
        done = self.connection.execute(
            update(CODES)
            .where(CODES.c.code == code, CODES.c.expiry > now, CODES.c.used.is_(False))
            .values(used=True)
        )
        return int(row[0]) if row is not None and done.rowcount else None

    # --- accounts

    def add_account(self, address: bytes, client: int, place: int, now: int) -> bool:
        """Open an account; ``place`` 0 is the first and, where one is the rule, the only one."""
        return self.add_once(ACCOUNTS, {"address": address, "client": client, "place": place, "time": now})

    def account_of(self, client: int) -> bytes | None:
        """A client's address, or None."""
        row = self.connection.execute(
            select(ACCOUNTS.c.address).where(ACCOUNTS.c.client == client).order_by(ACCOUNTS.c.place)
        ).first()
        return None if row is None else bytes(row[0])

    def owner_of(self, address: bytes) -> int | None:
        """Whose address it is, or None."""
        row = self.find_one("accounts", ("client",), address=address)
        return None if row is None else int(row[0])

    # --- devices

    def add_device(self, client: int, identity: bytes, key_id: bytes, tier: str, now: int) -> Device:
        """Enrol a device."""
        self.add_once(
            DEVICES,
            {
                "client": client,
                "identity": identity,
                "key_id": key_id,
                "tier": tier,
                "state": "active",
                "counter": 0,
                "list_number": 0,
                "time": now,
            },
        )
        found = self.device_by("identity", identity)
        assert found is not None
        return found

    def device_by(self, column: str, value: bytes | int) -> Device | None:
        """A device by number, identity or key id."""
        row = self.find_one("devices", Device.__slots__, **{column: value})
        return None if row is None else Device(*row)

    def devices_of(self, client: int) -> list[Device]:
        """All devices of a client."""
        query = select(*(DEVICES.c[name] for name in Device.__slots__)).where(DEVICES.c.client == client)
        return [Device(*row) for row in self.connection.execute(query)]

    def device_now(self, number: int, **values: str | int) -> None:
        """Change a device's state or counter."""
        self.connection.execute(update(DEVICES).where(DEVICES.c.number == number).values(**values))

    def add_key(self, key: DeviceKey) -> bool:
        """One key, one certificate, ever; False when it has one."""
        return self.add_once(KEYS, {name: getattr(key, name) for name in DeviceKey.__slots__})

    def key(self, key: bytes) -> DeviceKey | None:
        """A certified key."""
        row = self.find_one("device_keys", DeviceKey.__slots__, key=key)
        return None if row is None else DeviceKey(*row)

    def keys_of(self, device: int) -> list[DeviceKey]:
        """All keys of a device."""
        query = select(*(KEYS.c[name] for name in DeviceKey.__slots__)).where(KEYS.c.device == device)
        return [DeviceKey(*row) for row in self.connection.execute(query)]

    def keys_in_epoch(self, epoch_day: int) -> int:
        """How many serials of an epoch were dealt."""
        (dealt,) = self.find_one("device_keys", ("count(*)",), epoch_day=epoch_day)
        return int(dealt)

    # --- what clients see

    def enter(self, client: int, entry: StatementEntry) -> None:
        """Add to a client's history, once for each kind, form and reference."""
        values = {name: getattr(entry, name) for name in StatementEntry.__slots__}
        self.add_once(ENTRIES, {"client": client, **values})

    def enter_many(self, entries: Sequence[tuple[int, StatementEntry]]) -> None:
        """Add to several clients' histories at once."""
        columns = ("client", *StatementEntry.__slots__)
        rows = [
            (client, *(getattr(one, name) for name in StatementEntry.__slots__)) for client, one in entries
        ]
        self.add_many("client_entries", columns, rows)

    def entries(self, client: int, most: int) -> tuple[StatementEntry, ...]:
        """Newest first."""
        query = (
            select(*(ENTRIES.c[name] for name in StatementEntry.__slots__))
            .where(ENTRIES.c.client == client)
            .order_by(ENTRIES.c.seq.desc())
            .limit(most)
        )
        return tuple(StatementEntry(*row) for row in self.connection.execute(query))

    # --- losses

    def add_receivable(
        self, reference: bytes, client: int, device: int, amount_tiyn: int, paid_tiyn: int, proof: bytes
    ) -> None:
        """What a client owes for a proved loss."""
        self.add_once(
            RECEIVABLES,
            {
                "reference": reference,
                "client": client,
                "device": device,
                "amount_tiyn": amount_tiyn,
                "paid_tiyn": paid_tiyn,
                "proof": proof,
            },
        )

    def cheated(self, device: int) -> bool:
        """Whether a loss was ever proved against this device."""
        query = select(RECEIVABLES.c.reference).where(RECEIVABLES.c.device == device)
        return self.connection.execute(query).first() is not None

    def owed(self, client: int) -> int:
        """What is still open (tiyn)."""
        open_sum = func.coalesce(func.sum(RECEIVABLES.c.amount_tiyn - RECEIVABLES.c.paid_tiyn), 0)
        return int(self.scalar(select(open_sum).where(RECEIVABLES.c.client == client)))

    def draw_less(self, reference: bytes, amount_tiyn: int) -> bool:
        """So much of what was drawn for a loss did not count; False for a loss nobody here owes."""
        paid_tiyn = RECEIVABLES.c.paid_tiyn - amount_tiyn
        change = update(RECEIVABLES).where(RECEIVABLES.c.reference == reference).values(paid_tiyn=paid_tiyn)
        return self.connection.execute(change).rowcount > 0

    def pay_down(self, client: int, amount_tiyn: int) -> int:
        """Count a payment against what is owed, oldest first; returns what was needed of it."""
        left = amount_tiyn
        rows = self.connection.execute(
            select(RECEIVABLES.c.reference, RECEIVABLES.c.amount_tiyn - RECEIVABLES.c.paid_tiyn).where(
                RECEIVABLES.c.client == client, RECEIVABLES.c.amount_tiyn > RECEIVABLES.c.paid_tiyn
            )
        ).all()
        for reference, open_tiyn in rows:
            part = min(left, open_tiyn)
            left -= part
            self.connection.execute(
                update(RECEIVABLES)
                .where(RECEIVABLES.c.reference == reference)
                .values(paid_tiyn=RECEIVABLES.c.paid_tiyn + part)
            )
        return amount_tiyn - left

    def log_opening(self, key: bytes, why: str, answered: bool, now: int) -> None:
        """Every question who stands behind a key is written down, answered or not."""
        self.add(OPENINGS, {"time": now, "key": key, "why": why, "answered": answered})
