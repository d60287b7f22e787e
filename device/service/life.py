"""A wallet's life: the PIN, the name shown or hidden, contacts, backup and restore, proofs of fraud."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from device.core.model import Contact, Payment, Proof
from device.core.recovery import RESTORED
from device.service.bank_line import BankLine
from device.service.desk import Desk
from device.service.talk import Talk
from tender.account.client_messages import BY_BIN, BY_IIN, BY_PHONE, ShowName
from tender.account.identifiers import check_bin, check_iin, check_phone
from tender.cash.beside import take_apart
from tender.cash.messages import Kind, wrap
from tender.crypto.sealing import NONCE_BYTES, SALT_BYTES, Pin, PinCost, SealingKey
from tender.errors import Code, LinkError, LocalProtocolError, Refusal, RemoteProtocolError
from tender.schema import Bytes, Many, Record, Text, Uint

__all__ = ["Backup", "Contact", "Life", "Saved", "open_backup", "reached"]

BACKUP_MOST_BYTES: Final = 1 << 20
"""A backup is one message, magic and all, and no message is longer."""
LINES_MOST: Final = 8_000
CONTACTS_MOST: Final = 10_000
RECEIPT_MOST_BYTES: Final = 4096
_ROOM_BYTES: Final = BACKUP_MOST_BYTES - 1024
BACKUP_MAGIC: Final = b"TENGE-BACKUP-1\n"
_PLACE: Final = b"dt-wallet-backup.v1"

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Line:
    """A payment as a backup remembers it."""

    id: bytes
    direction: str
    channel: str
    amount_tiyn: int
    time: int
    party: str
    purpose: str
    status: str
    receipt: bytes


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds: history and contacts. No key, no token, no request: nothing that could pay."""

    name: str
    time: int
    payments: tuple[Line, ...]
    contacts: tuple[Contact, ...]


_LINE: Final = Record(
    Line,
    ("id", Bytes(16)),
    ("direction", Text(40)),
    ("channel", Text(40)),
    ("amount_tiyn", Uint(2**53)),
    ("time", Uint(2**40)),
    ("party", Text(120)),
    ("purpose", Text(140)),
    ("status", Text(40)),
    ("receipt", Bytes(most=RECEIPT_MOST_BYTES)),
)
_CONTACT: Final = Record(Contact, ("name", Text(60)), ("by", Text(40)), ("to", Text(20)))
_BACKUP: Final = Record(
    Backup,
    ("name", Text(60)),
    ("time", Uint(2**40)),
    ("payments", Many(_LINE, most=100_000)),
    ("contacts", Many(_CONTACT, most=CONTACTS_MOST)),
)


@dataclass(frozen=True, slots=True)
class _Sealed:
    """How a backup lies in its file: what its key is made of, and the rest."""

    salt: bytes
    passes: int
    memory_bytes: int
    sealed: bytes


_SEALED: Final = Record(
    _Sealed,
    ("salt", Bytes(SALT_BYTES)),
    ("passes", Uint(64, least=1)),
    ("memory_bytes", Uint(1 << 30, least=8 << 10)),
    ("sealed", Bytes(most=1 << 20)),
)


@dataclass(frozen=True, slots=True)
class Saved:
    """A backup's bytes, how many payments it holds, and how many of the oldest (and contacts) it has no room
    for."""

    data: bytes
    payments: int
    left_out: int


class Life:
    """Use cases that move no money."""

    def __init__(self, desk: Desk, line: BankLine) -> None:
        self._desk = desk
        self._line = line

    def check_pin(self, pin: Pin) -> None:
        """Ask whoever holds the open device once more; raises ``pin-wrong``, ``pin-wait``."""
        self._desk.element.check_pin(pin, self._desk.clock_now())

    def change_pin(self, pin: Pin) -> None:
        """Another PIN from now on; raises ``pin-too-short``."""
        self._desk.element.change_pin(pin, self._desk.pin_cost)

    def show_name(self, shown: bool) -> bool | Refusal:
        """Whether counterparties see the user's name from now on (DT-A-01): the user alone decides.

        From hand to hand it holds at once, also for what was offered and is not signed yet. The bank, which
        shows the name in online payments, is told; False while it is away: then it is told before the next
        order that moves money, or at the next sync.
        """
        self._desk.check_writable()
        with self._desk.commit() as changes:
            changes.put(replace(self._desk.settings, name_shown=shown))
            for row in () if shown else Talk(self._desk).nameless():
                changes.put(row)
        if not self._desk.settings.enrolled:
            return False
        try:
            told = self._line.latest("show-name", ShowName(shown))
        except LinkError:
            return False
        return told if isinstance(told, Refusal) else True

    # --- contacts

    def contacts(self) -> tuple[Contact, ...]:
        """Everybody this user gave a name to, by name."""
        return tuple(sorted(self._desk.store.all(Contact), key=lambda one: one.name))

    def add_contact(self, name: str, to: str) -> Contact | Refusal:
        """Remember a phone, IIN or BIN under a name; refuses numbers that cannot be right, and a name with
        control characters or none at all (``name-wrong``)."""
        self._desk.check_writable()
        if not name or not name.isprintable():
            return Refusal(Code.NAME_WRONG, "name")
        contact = reached(name, to)
        if isinstance(contact, Contact):
            with self._desk.commit() as changes:
                changes.put(contact)
        return contact

    def whom(self, to: str) -> Contact | Refusal:
        """A contact by its name, or anybody by a number."""
        known = self._desk.store.get(Contact, to.encode())
        if known is not None:
            return known
        return reached(to, to) if any(one.isdigit() for one in to) else Refusal(Code.CONTACT_UNKNOWN, "to")

    def contact(self, name: str) -> Contact | Refusal:
        """The contact of this name, or ``contact-unknown``."""
        return self._desk.store.get(Contact, name.encode()) or Refusal(Code.CONTACT_UNKNOWN, "contact")

    def forget_contact(self, name: str) -> Refusal | None:
        """Remove a contact."""
        self._desk.check_writable()
        found = self.contact(name)
        if isinstance(found, Refusal):
            return found
        with self._desk.commit() as changes:
            changes.drop(found)
        return None

    # --- backup

    def backup(self, pin: Pin) -> Saved:
        """History and contacts, sealed under the PIN with its own salt. Holds nothing that could pay.

        Of a history longer than a backup the newest lines are kept. It is opened before it is returned: a
        backup that cannot be restored is worse than none.
        """
        desk = self._desk
        known = self.contacts()
        contacts = _that_fit(known, _CONTACT, _ROOM_BYTES // 4, CONTACTS_MOST)
        newest = sorted(desk.store.all(Payment), key=lambda one: -one.number)
        lines = _that_fit([_line(one) for one in newest], _LINE, _ROOM_BYTES * 3 // 4, LINES_MOST)
        saved = Backup(desk.settings.name, desk.now(), lines[::-1], contacts)
        salt, cost = desk.entropy.draw(SALT_BYTES), desk.pin_cost
        key = pin.key(salt, cost)
        sealed = key.seal(_BACKUP.encode(saved), _PLACE, desk.entropy.draw(NONCE_BYTES))
        data = BACKUP_MAGIC + _SEALED.encode(_Sealed(salt, cost.passes, cost.memory_bytes, sealed))
        if _opened(data, lambda _: key) != saved:
            raise LocalProtocolError(Code.BACKUP_WRONG, "backup")
        return Saved(data, len(lines), len(newest) - len(lines) + len(known) - len(contacts))

    def restore(self, data: bytes, pin: Pin) -> int | Refusal:
        """Bring history and contacts back; returns how many payments were new here.

        What is already here stays as it is, and no balance changes: a backup holds no money.
        """
        self._desk.check_writable()
        opened = open_backup(data, pin)
        if isinstance(opened, Refusal):
            return opened
        desk = self._desk
        unknown = (one for one in opened.payments if desk.store.get(Payment, one.id) is None)
        new = [_payment(one, number) for number, one in enumerate(unknown, desk.next_number())]
        with desk.commit() as changes:
            for payment in new:
                changes.put(payment)
            for contact in opened.contacts:
                if desk.store.get(Contact, contact.name.encode()) is None:
                    changes.put(contact)
            changes.put(replace(desk.settings, restored=True))
        return len(new)

    # --- proofs of fraud

    def proofs(self) -> tuple[Proof, ...]:
        """Every fork proof this device has come by."""
        return self._desk.store.all(Proof)

    def proof(self, output: str = "") -> bytes | Refusal:
        """A fork proof to hand on (the container ``tenge verify-proof`` reads); the newest, or by hex."""
        found = sorted(self.proofs(), key=lambda one: one.time)
        wanted = [one for one in found if not output or one.output.hex().startswith(output)]
        if not wanted:
            return Refusal(Code.PROOF_EMPTY, "proof")
        return wrap(Kind.FORK_PROOF, wanted[-1].proof)


def reached(name: str, to: str) -> Contact | Refusal:
    """Somebody by a number: twelve digits are a BIN when the fifth is 4, 5 or 6, else an IIN; the rest is a
    phone."""
    digits = "".join(one for one in to if one.isdigit())
    if to.strip().startswith("+") or len(digits) != 12:
        by, checked = BY_PHONE, check_phone(to)
    elif digits[4] in "456":
        by, checked = BY_BIN, check_bin(digits)
    else:
        by, checked = BY_IIN, check_iin(digits)
    return checked if isinstance(checked, Refusal) else Contact(name[:60], by, checked)


def open_backup(data: bytes, pin: Pin) -> Backup | Refusal:
    """Read a backup; ``backup-wrong`` when it is damaged, foreign, or sealed under another PIN."""
    return _opened(data, lambda found: pin.key(found.salt, PinCost(found.passes, found.memory_bytes)))


def _opened(data: bytes, key_of: Callable[[_Sealed], SealingKey]) -> Backup | Refusal:
    wrong = Refusal(Code.BACKUP_WRONG, "backup")
    if not data.startswith(BACKUP_MAGIC):
        return wrong
    try:
        found = _SEALED.decode(data[len(BACKUP_MAGIC) :], "backup")
        plain = key_of(found).open(found.sealed, _PLACE)
        return wrong if plain is None else _BACKUP.decode(plain, "backup")
    except RemoteProtocolError:
        return wrong


def _that_fit(rows: Sequence[R], record: Record[R], room_bytes: int, most: int) -> tuple[R, ...]:
    """The first of these rows, as many as there is room for."""
    kept: list[R] = []
    for row in rows[:most]:
        room_bytes -= len(record.encode(row))
        if room_bytes < 0:
            break
        kept.append(row)
    return tuple(kept)


def _alone(receipt: bytes) -> bytes:
    """A receipt without what travelled beside it; nothing where even that is longer than a receipt can be."""
    message = receipt if len(receipt) <= RECEIPT_MOST_BYTES else take_apart(receipt)[0]
    return message if len(message) <= RECEIPT_MOST_BYTES else b""


def _line(payment: Payment) -> Line:
    return Line(
        payment.id,
        payment.direction,
        payment.channel,
        payment.amount_tiyn,
        payment.time,
        payment.party,
        payment.purpose,
        payment.status,
        _alone(payment.receipt),
    )


def _payment(line: Line, number: int) -> Payment:
    # The request is left behind on purpose: a restored line is history, never an open conversation.
    return Payment(
        id=line.id,
        direction=line.direction,
        channel=RESTORED,
        amount_tiyn=line.amount_tiyn,
        time=line.time,
        party=line.party,
        purpose=line.purpose,
        status=line.status,
        path=(),
        receipt=line.receipt,
        number=number,
    )
