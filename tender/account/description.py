"""What each order and reply looks like, said from the schemas themselves: for docs/api.md and OpenAPI."""

from typing import Final

from tender import canon
from tender.account.eds import ORDER, Order, key_id, make_order
from tender.account.messages import Kind, Role
from tender.account.participants import ALTYN, CERTIFICATION_CENTRE, ID_CENTRE, NBK, NOTARY
from tender.canon import Value
from tender.crypto.keys import SigningKey
from tender.schema import Bytes, Choice, Field, Flag, Int, Many, Maybe, Record, Text, Uint

_NUMBER_OF: Final = {
    Role.DEVICE: 0,
    Role.BANK: ALTYN,
    Role.NBK: NBK,
    Role.NOTARY: NOTARY,
    Role.ID_CENTRE: ID_CENTRE,
    Role.CERTIFICATION_CENTRE: CERTIFICATION_CENTRE,
}
_EXAMPLE_TIME: Final = 1_800_000_000


def form(field: Field) -> str:
    """One field's form in words: ``bytes 32``, ``text of at most 140``, ``array of ...``."""
    if isinstance(field, Record):
        inside = ", ".join(f"{name}: {form(one)}" for name, one in field.fields)
        return f"[{inside}]"
    if isinstance(field, Many):
        return f"array of at most {field.most} × {form(field.inner)}"
    if isinstance(field, Maybe):
        return f"{form(field.inner)}, or null"
    if isinstance(field, Choice):
        return " / ".join(field.among)
    if isinstance(field, Bytes):
        return f"bytes {field.length}" if field.length is not None else f"bytes {field.least}..{field.most}"
    if isinstance(field, Text):
        return f"text of at most {field.most}"
    if isinstance(field, Uint):
        return f"integer {field.least}..{field.most}"
    if isinstance(field, Int):
        return "integer, signed"
    return "true / false" if isinstance(field, Flag) else "array of [name, text or integer]"


def sample(field: Field) -> Value:
    """The smallest value the field accepts."""
    if isinstance(field, Record):
        return [sample(one) for _, one in field.fields]
    if isinstance(field, Many):
        return [sample(field.inner) for _ in range(field.least)]
    if isinstance(field, Choice):
        return field.among[0]
    if isinstance(field, Bytes):
        return bytes(field.length if field.length is not None else field.least)
    if isinstance(field, Text):
        return "x" * field.least
    if isinstance(field, Uint):
        return field.least
    if isinstance(field, Int):
        return 0
    if isinstance(field, Flag):
        return False
    return None if isinstance(field, Maybe) else []


def example(kind: Kind) -> bytes:
    """A whole signed order of this kind under a key that everybody knows (32 zero bytes as its seed)."""
    key = SigningKey(bytes(32))
    body = canon.encode(sample(kind.order))
    sender, to = _NUMBER_OF[kind.senders[0]], _NUMBER_OF[kind.answers]
    order = Order(kind.name, sender, to, key_id(key.public_key), bytes(16), _EXAMPLE_TIME, body)
    return make_order(order, key)


def summary(kind: Kind) -> str:
    """Both records in one line each."""
    outer = ", ".join(ORDER.names)
    return f"Order [{outer}], body {form(kind.order)}. Reply body {form(kind.reply)}."


def path(kind: Kind) -> str:
    """Where the gateway takes it."""
    client = Role.DEVICE in kind.senders
    return f"/bank/{{number}}/v1/{kind.name}" if client else f"/platform/v1/{kind.name}"
