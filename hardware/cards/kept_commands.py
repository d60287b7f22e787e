"""What was signed and perhaps never arrived: kept until it is known to be where it belongs (section 8).

The owner's own host says so for all of it; anybody else only with the payee's receipt, and for that payment.
"""

from hardware.cards.chip import Chip
from hardware.cards.life_commands import page
from hardware.cards.memory_map import KeptSlot
from tender.cash.messages import RECEIPT
from tender.cash.token import INDEX_PAYMENT, Link, output_id
from tender.crypto.envelope import Typ, to_be_signed
from tender.crypto.keys import verify
from tender.errors import Code, DeviceError, RemoteProtocolError
from tender.purse.commands import Stored
from tender.purse.records import DELIVERED, KEPT, Kept


def list_kept(chip: Chip, p1: int, p2: int, _data: bytes) -> bytes:
    """LIST KEPT."""
    return page([one.output for _, _, one in chip.map.kept.each()], p1, p2)


def kept_of(chip: Chip, _p1: int, _p2: int, data: bytes) -> bytes:
    """KEPT OF."""
    for _, kind, one in chip.map.kept.each():
        if one.output == data:
            key = chip.map.keys.get(one.key).public
            return KEPT.encode(Kept(kind, one.counter, key, one.payment_id, one.signature, _signed(one)))
    raise DeviceError(Code.PAYMENT_UNKNOWN, "kept")


def acknowledge(chip: Chip, p1: int, _p2: int, data: bytes) -> bytes:
    """ACKNOWLEDGE: by the owner's host up to a counter (never beyond it, never back), or by a receipt."""
    if p1 == Stored.PAYEE:
        return _delivered(chip, data)
    if p1 != Stored.HOST:
        raise DeviceError(Code.CARD_WRONG, "p1")
    chip.want_owner()
    if len(data) != 4:
        raise DeviceError(Code.FIELD_WRONG, "counter")
    counter = int.from_bytes(data, "big")
    if chip.fixed.acknowledged < counter <= chip.fixed.counter:
        for slot, _, one in chip.map.kept.each():
            if one.counter <= counter:
                chip.map.kept.mark(slot, 0)
        chip.change(acknowledged=counter)
    return b""


def _delivered(chip: Chip, data: bytes) -> bytes:
    """The payee has it in writing: what is kept of that payment goes, once the receipt names just that."""
    order = DELIVERED.decode(data, "receipt")
    receipt = RECEIPT.decode(order.receipt, "receipt")
    named = receipt.payment_id
    rows = [(slot, one) for slot, _, one in chip.map.kept.each() if one.payment_id == named]
    if not rows or not any(named):
        return b""  # nothing is kept of it any more: told again
    links = [Link.from_payload(_signed(one), "kept") for _, one in rows]
    paid = {output_id(_signed(one), INDEX_PAYMENT) for _, one in rows}
    if set(receipt.outputs) != paid or receipt.amount_tiyn != sum(link.amount_tiyn for link in links):
        raise RemoteProtocolError(Code.RECEIPT_WRONG, "receipt.outputs")
    chip.work.verifications += 1
    if not verify(order.signature, to_be_signed(Typ.RECEIPT, order.receipt), links[0].next_key):
        raise RemoteProtocolError(Code.SIGNATURE_WRONG, "receipt.signature")
    forget(chip, [slot for slot, _ in rows])
    return b""


def came_back(chip: Chip, parent: bytes) -> None:
    """A payee gave this output back, so the link that made it has arrived."""
    gone = [slot for slot, _, one in chip.map.kept.each() if _makes(one, parent)]
    if gone:
        forget(chip, gone)


def forget(chip: Chip, slots: list[int]) -> None:
    """These are where they belong; when no other is kept, everything is, up to the counter."""
    for slot in slots:
        chip.map.kept.mark(slot, 0)
    if all(slot in slots for slot, _, _ in chip.map.kept.each()):
        chip.change(acknowledged=chip.fixed.counter)


def has_signed(chip: Chip, _p1: int, _p2: int, data: bytes) -> bytes:
    """HAS SIGNED."""
    return bytes((int(any(one.output == data[:16] for _, _, one in chip.map.spent.each())),))


def _signed(one: KeptSlot) -> bytes:
    return one.payload[: one.payload_bytes]


def _makes(one: KeptSlot, output: bytes) -> bool:
    return any(one.payment_id) and output_id(_signed(one), INDEX_PAYMENT) == output
