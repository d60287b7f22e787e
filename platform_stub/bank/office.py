"""What every use case of a bank needs: the desk, the node, the inventory, and who is asking."""

from collections.abc import Callable
from hashlib import sha256

from platform_stub.bank.store import BankRows, Client, Device
from platform_stub.config import PlatformConfig
from platform_stub.desk import Asked, Desk, operation_of, pending
from platform_stub.node import Node, Source
from tender.account.capabilities import Capability, refusal
from tender.account.client_messages import Balances, Enrol, ReportLost, StatementEntry
from tender.account.eds import SignedOrder
from tender.account.messages import kind_named
from tender.account.participant_messages import VAULT_TOLD, Vault, VaultTold
from tender.account.participants import NBK
from tender.errors import Code, Refusal, RemoteProtocolError

INVENTORY_LABEL = "account.inventory"
ACTIVE = "active"
LOST = "lost"
FOUND = "report-found"
"""What even a lost device may ask: it brings the client's own fresh code."""
STILL_HEARD = ("settle", "sync", "statement", "hand-over", "late-money")
"""What a device that signed twice may still ask: being named stops the next payment, never the past."""


def current(client: int) -> str:
    """A client's current account in the books."""
    return f"current:{client}"


def account_label(client: int, place: int = 0) -> str:
    """The label of the key of a client's DT account; the bank keeps it (DT-P-08)."""
    return f"account.client.{client}.{place}"


class Office:
    """One bank's shared desk space."""

    def __init__(self, desk: Desk[BankRows], config: PlatformConfig) -> None:
        self.desk = desk
        self.config = config
        self.inventory = Source(desk.vault.public(INVENTORY_LABEL), INVENTORY_LABEL)
        self.node: Node[BankRows] = Node(desk, self._knows)
        desk.device_key = self._device_key
        self.credited: Callable[[int, bytes], None] = lambda _client, _cause: None
        """Told of each credit to a client's account: whoever owes for a proved loss pays that first."""

    @property
    def number(self) -> int:
        """The bank's number."""
        return self.desk.number

    def offered(self, capability: Capability, other_bank: int | None = None) -> Refusal | None:
        """None, or why this bank does not do that (Table 10 of the white paper, DT-C-20..40)."""
        return refusal(self.config.offering, self.number, capability, other_bank)

    def _knows(self, rows: BankRows, address: bytes) -> bool:
        return address == self.inventory.address or rows.owner_of(address) is not None

    def _device_key(self, signed: SignedOrder) -> bytes | None:
        """The identity key of an enrolled device; a new one brings its key along."""
        order = signed.order
        with self.desk.store.reading() as rows:
            device = rows.device_by("key_id", order.key_id)
            # An order whose money is locked was accepted while the device was heard; it is finished.
            accepted = rows.setting(pending(operation_of(signed))) == signed.raw
        if device is not None:
            heard = accepted or device.state == ACTIVE or order.kind == FOUND
            heard = heard or (device.state != LOST and order.kind in STILL_HEARD)
            if not heard:
                raise RemoteProtocolError(Code.DEVICE_LOST, "order.key_id")
            return device.identity
        if order.kind in ("enrol", "report-lost"):
            body: Enrol | ReportLost = kind_named(order.kind).order.decode(order.body, order.kind)
            return body.identity_key
        return None

    def who(self, rows: BankRows, asked: Asked) -> tuple[Device, Client]:
        """The device and client behind a verified order; raises ``device-unknown``."""
        device = rows.device_by("key_id", asked.signed.order.key_id)
        client = None if device is None else rows.client_by("number", device.client)
        if device is None or client is None:
            raise RemoteProtocolError(Code.DEVICE_UNKNOWN, "order.key_id")
        return device, client

    def account(self, rows: BankRows, client: int) -> Source:
        """A client's DT account; raises ``account-unknown`` while none is open."""
        address = rows.account_of(client)
        if address is None:
            raise RemoteProtocolError(Code.ACCOUNT_UNKNOWN, "account")
        return Source(address, account_label(client))

    def client_and_account(self, asked: Asked) -> tuple[Client, Source]:
        """Both, for an order about money."""
        with self.desk.store.reading() as rows:
            _, client = self.who(rows, asked)
            return client, self.account(rows, client.number)

    def balances(self, rows: BankRows, client: int) -> Balances:
        """A client's Digital Tenge (its outputs' sum, less what a card has spent of it already), what of it
        is held, and non-cash tenge."""
        address = rows.account_of(client)
        dt = 0 if address is None else rows.balance(address) - rows.converting(address)
        held = 0 if address is None else min(dt, rows.encumbered(address))
        return Balances(dt, held, rows.account(current(client)))

    def enter(
        self,
        rows: BankRows,
        client: int,
        kind: str,
        form: str,
        change_tiyn: int,
        reference: bytes,
        party: str = "",
        purpose: str = "",
        status: str = "final",
    ) -> None:
        """A line of a client's own history."""
        now = self.desk.clock.now()
        rows.enter(client, StatementEntry(now, kind, form, change_tiyn, party, purpose, status, reference))

    def vault(self) -> VaultTold | Refusal:
        """The National Bank's addresses; asked once and remembered."""
        with self.desk.store.reading() as rows:
            known = rows.setting("vault")
        if known is not None:
            return VAULT_TOLD.decode(known, "vault")
        told: VaultTold | Refusal = self.desk.inquire(NBK, "vault", Vault())
        if not isinstance(told, Refusal):
            with self.desk.store.writing() as rows:
                rows.keep_setting("vault", VAULT_TOLD.encode(told))
        return told


def code_hash(code: str) -> bytes:
    """How an activation code is kept: nobody reads it out of the store."""
    return sha256(b"dt-activation" + code.strip().encode()).digest()
