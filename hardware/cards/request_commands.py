"""Being paid: requests open once and close once (docs/protocol/purse-card.md, section 6)."""

from dataclasses import replace

from hardware.cards.chip import KEY_LIVE, Chip
from hardware.cards.life_commands import note, page
from hardware.cards.memory_map import NO_NONCE, RequestSlot, TokenSlot
from tender.cash.messages import RECEIPT, REQUEST, Receipt, payment_id
from tender.crypto.envelope import Typ
from tender.errors import Code, DeviceError
from tender.purse.commands import Proof, page_of
from tender.purse.records import REQUEST_ENTRY, Direction, RequestEntry, RequestIs, TokenIs


def open_request(chip: Chip, _p1: int, _p2: int, data: bytes) -> bytes:
    """OPEN REQUEST: read strictly and wholly, kept, signed; the same again gets the same bytes."""
    chip.want_ready()
    request = REQUEST.decode(data, "request")
    slot, key = chip.key(request.key)
    if request.certificate != chip.certificate(key):
        raise DeviceError(Code.ELEMENT_REFUSED, "request.certificate")
    named = payment_id(data)
    if _find(chip, named) is None:
        asked = [one for _, _, one in chip.map.requests.each() if one.key == slot]
        # An empty nonce says "this key is fresh": true once in its life. Zeros stand for it here.
        if any(one.nonce == (request.nonce or NO_NONCE) for one in asked) or (
            key.asked if not request.nonce else request.nonce == NO_NONCE
        ):
            raise DeviceError(Code.ELEMENT_REFUSED, "request.nonce")
        at = chip.map.room(len(data), [])
        counter = chip.advance()
        nonce = request.nonce or NO_NONCE
        row = RequestSlot(
            slot, named, len(request.nonce), nonce, request.amount_tiyn, counter, at, len(data), 0, 0
        )
        chip.map.requests.replace(_place(chip), row, RequestIs.OPEN)
        chip.memory.fill(at, data)
        if not key.asked:
            chip.map.keys.replace(slot, replace(key, asked=1), KEY_LIVE)
    return chip.sign(Typ.REQUEST, data, key.seed)


def _place(chip: Chip) -> int:
    """A free place for a request, or that of the oldest open one that nobody has paid anything into: a
    terminal can ask for money in this card's name as often as it likes, and must not fill it for good."""
    free = chip.map.requests.free()
    if free:
        return free[0]
    came = {(token.key, token.nonce) for _, _, token in chip.map.tokens.each() if token.paid}
    idle = [
        (row.counter, slot)
        for slot, state, row in chip.map.requests.each()
        if state == RequestIs.OPEN and (row.key, row.nonce) not in came
    ]
    if not idle:
        raise DeviceError(Code.CARD_FULL, "requests")
    return min(idle)[1]


def is_confirmed(chip: Chip, output: bytes) -> bool:
    """Whether a receipt of this card names this output: then it was paid with, for good."""
    for _, state, row in chip.map.requests.each():
        if state == RequestIs.CLOSED:
            data = chip.eeprom.read(row.receipt_at, row.receipt_length)
            if output in RECEIPT.decode(data, "receipt").outputs:
                return True
    return False


def request_state(chip: Chip, _p1: int, _p2: int, data: bytes) -> bytes:
    """REQUEST STATE."""
    found = _find(chip, data)
    return bytes((RequestIs.UNKNOWN if found is None else found[1],))


def read_request(chip: Chip, p1: int, _p2: int, data: bytes) -> bytes:
    """READ REQUEST: the request (P1 = 0), or the receipt that closed it."""
    _, _, row = _named(chip, data)
    return chip.eeprom.read(*((row.receipt_at, row.receipt_length) if p1 else (row.at, row.length)))


def list_requests(chip: Chip, p1: int, p2: int, _data: bytes) -> bytes:
    """LIST REQUESTS."""
    entries = [
        REQUEST_ENTRY.encode(
            RequestEntry(
                state, row.payment_id, chip.map.keys.get(row.key).public, row.amount_tiyn, row.counter
            )
        )
        for _, state, row in chip.map.requests.each()
    ]
    return page(entries, p1, p2, page_of(REQUEST_ENTRY))


def sign_receipt(chip: Chip, p1: int, _p2: int, data: bytes) -> bytes:
    """SIGN RECEIPT: closes for good; the same again gets the same bytes, another gets none."""
    chip.want_ready()
    receipt = RECEIPT.decode(data, "receipt")
    slot, state, row = _named(chip, receipt.payment_id)
    key = chip.map.keys.get(row.key)
    if state == RequestIs.CLOSED:
        if chip.eeprom.read(row.receipt_at, row.receipt_length) != data:
            raise DeviceError(Code.ELEMENT_REFUSED, "receipt")
        return chip.sign(Typ.RECEIPT, data, key.seed)
    if receipt.amount_tiyn != row.amount_tiyn:
        raise DeviceError(Code.AMOUNT_MISMATCH, "receipt.amount_tiyn")
    if p1 == Proof.HOST:
        chip.want_owner()
    else:
        _check_received(chip, receipt, row)
    at = chip.map.room(len(data), [])
    chip.advance()
    chip.memory.fill(at, data)
    chip.map.requests.replace(slot, replace(row, receipt_at=at, receipt_length=len(data)), RequestIs.CLOSED)
    note(chip, receipt.payment_id, Direction.IN, receipt.amount_tiyn, receipt.time, len(receipt.outputs))
    return chip.sign(Typ.RECEIPT, data, key.seed)


def _check_received(chip: Chip, receipt: Receipt, row: RequestSlot) -> None:
    """Each output is in the card's own table, bound to this request, and together they pay it."""
    came: dict[bytes, TokenSlot] = {}
    for output in receipt.outputs:
        _, state, token = chip.token(output)
        if state != TokenIs.LIVE or token.key != row.key or token.nonce != row.nonce:
            raise DeviceError(Code.REQUEST_NOT_OURS, "receipt.outputs")
        # What comes back to its last signer pays no request, unless it was made for this one's nonce.
        if not (token.paid or row.nonce_bytes) or token.counter <= row.counter:
            raise DeviceError(Code.REQUEST_NOT_OURS, "receipt.outputs")
        came[output] = token
    if sum(token.amount_tiyn for token in came.values()) < row.amount_tiyn:
        raise DeviceError(Code.AMOUNT_MISMATCH, "receipt.outputs")


def _find(chip: Chip, named: bytes) -> tuple[int, int, RequestSlot] | None:
    for slot, state, row in chip.map.requests.each():
        if row.payment_id == named:
            return slot, state, row
    return None


def _named(chip: Chip, named: bytes) -> tuple[int, int, RequestSlot]:
    found = _find(chip, named)
    if found is None:
        raise DeviceError(Code.PAYMENT_UNKNOWN, "request")
    return found
