"""The platform's and the store's parsers: orders, replies, the body of every kind there is, rows at rest."""

from typing import Any

from device.store.schemas import TABLES
from hardware import element_rows
from tender import canon
from tender.account.batch import BATCH, Batch, open_batch, possession_payload
from tender.account.description import example
from tender.account.eds import make_reply, open_order, open_reply
from tender.account.messages import KINDS
from tender.account.participants import ALTYN
from tender.account.transaction import SIGNED_TRANSACTION
from tender.canon import Value
from tender.crypto import envelope
from tender.crypto.envelope import Typ
from tender.crypto.keys import SigningKey
from tender.errors import Code, Refusal
from tender.schema import Bytes, Choice, Field, Flag, Int, Many, Maybe, Record, Text, Uint
from tests.fuzz.targets import Parser
from tests.mint import NOW, key_of

EXAMPLE_KEY = SigningKey(bytes(32)).public_key
"""What the orders of the documentation are signed with."""

ELEMENT_ROWS: dict[str, Record[Any]] = {
    "element state": element_rows.STATE_ROW,
    "element key": element_rows.KEY_ROW,
    "element spent": element_rows.SPENT_ROW,
    "element kept": element_rows.KEPT_ROW,
    "element request": element_rows.REQUEST_ROW,
}


def least(field: Field) -> Value:
    """The smallest value a field takes."""
    return _filled(field, full=False)


def rich(field: Field) -> Value:
    """A value with every part there: nothing empty, nothing null."""
    return _filled(field, full=True)


def _filled(field: Field, *, full: bool) -> Value:
    if isinstance(field, Record):
        return [_filled(one, full=full) for _, one in field.fields]
    if isinstance(field, Many):
        return [_filled(field.inner, full=full)] * max(field.least, min(2, field.most) if full else 0)
    if isinstance(field, Maybe):
        return _filled(field.inner, full=full) if full else None
    if isinstance(field, Choice):
        return field.among[-1 if full else 0]
    if isinstance(field, Bytes):
        length = field.length if field.length is not None else max(field.least, min(field.most, 40 * full))
        return bytes(place % 251 for place in range(length))
    if isinstance(field, Text):
        return "Дана, 5 ₸"[: field.most].ljust(field.least, "x") if full else "x" * field.least
    if isinstance(field, Uint):
        return field.most if full else field.least
    if isinstance(field, Int):
        return -(2**40) if full else 0
    if isinstance(field, Flag):
        return full
    return next((shape for shape in _CUSTOM if _takes(field, shape)), [])


_CUSTOM: tuple[Value, ...] = ([["amount_tiyn", 5], ["who", "Дана"]], b"8 bytes!", b"", 0, [])
"""What the fields with a form of their own take: facts, nonces."""


def _takes(field: Field, shape: Value) -> bool:
    try:
        field.from_value(shape, "shape")
    except Exception:  # noqa: BLE001  # whatever it raises, this shape is not its own
        return False
    return True


def record_parser(name: str, record: Record[Any]) -> Parser:
    """A closed record on its own, with its smallest and a rich value as samples."""
    samples = tuple(dict.fromkeys(canon.encode(make(record)) for make in (least, rich)))

    def read(data: bytes) -> object:
        made = record.decode(data, name)
        assert record.encode(made) == data, "one value, one encoding"
        return made

    return Parser(name, read, samples, sealed=False)


def bodies() -> list[Parser]:
    """The order's and the reply's body of every kind, each row of the wallet and of the secure element."""
    found = []
    for kind in KINDS.values():
        found += [
            record_parser(f"{kind.name} {way}", one) for way, one in (("?", kind.order), ("!", kind.reply))
        ]
    found += [record_parser(f"row {table.kind}", table.record) for table in TABLES.values()]
    found += [record_parser(name, row) for name, row in ELEMENT_ROWS.items()]
    return [*found, record_parser("transaction", SIGNED_TRANSACTION)]


def enveloped() -> list[Parser]:
    """What is signed between clients, banks and the platform."""
    order = example(KINDS["statement"])
    signed, key = open_order(order), key_of("order")
    replies = tuple(
        make_reply(signed, ALTYN, NOW, outcome, key)
        for outcome in (b"\x80", Refusal(Code.NOT_ENOUGH_MONEY, "amount", (("amount_tiyn", 5),)))
    )
    identity, money = key_of("identity"), key_of("money")
    batch = envelope.sign(
        Typ.BATCH, BATCH.encode(Batch(ALTYN, NOW, (money.public_key,))), identity
    ).to_bytes()
    proof = envelope.sign(Typ.BATCH, possession_payload(money.public_key, ALTYN), money).signature
    orders = tuple(example(kind) for kind in KINDS.values())
    return [
        Parser("order", lambda data: open_order(data).check(EXAMPLE_KEY), orders, sealed=True),
        Parser("reply", lambda data: open_reply(data, order, ALTYN, key.public_key), replies, sealed=True),
        Parser(
            "batch",
            lambda data: open_batch(data, identity.public_key, ALTYN, (proof,)),
            (batch,),
            sealed=True,
        ),
    ]
