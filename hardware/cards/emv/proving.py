"""Who is there: the holder by PIN, the card by its signature, the issuer by its answer.

VERIFY, GET CHALLENGE, INTERNAL AUTHENTICATE and EXTERNAL AUTHENTICATE (EMV Book 3, 6.5.12, 6.5.6, 6.5.9,
6.5.4; what is enciphered and signed, Book 2, 6 and 7).
"""

from hmac import compare_digest
from typing import Final

from hardware.cards.emv.chip import (
    DATA_NOT_FOUND,
    NOT_NOW,
    Application,
    PaymentChip,
    PinGiven,
    Stage,
    StatusError,
)
from hardware.cards.emv.cryptograms import is_pin_block
from tender.card import apdu, dol
from tender.card.apdu import Command
from tender.card.certificates import DynamicData, opened_pin, signed_dynamic
from tender.card.personalisation import FORMAT_1, RsaPrivateKey
from tender.card.tags import Tag
from tender.card.tlv import Tlv, pack, template
from tender.card.values import Aip
from tender.errors import RemoteProtocolError

VERIFY, GET_CHALLENGE = 0x20, 0x84
PIN_WRONG: Final = 0x63C0
PIN_UNREADABLE: Final = 0x6984
ISSUER_WRONG: Final = 0x6300
_PLAIN, _ENCIPHERED = 0x80, 0x88
_CHALLENGE_BYTES: Final = 8
DYNAMIC_BYTES: Final = 8
_ANSWER_MOST: Final = 16


def verify(chip: PaymentChip, command: Command) -> bytes:
    """VERIFY: a PIN, in the clear or enciphered for this card."""
    one = chip.want(Stage.INITIATED)
    card = chip.memory.card
    if command.p1 or command.p2 not in (_PLAIN, _ENCIPHERED):
        raise StatusError(apdu.P1_P2_WRONG)
    if not card.now.has_pin:
        raise StatusError(DATA_NOT_FOUND)
    if not card.now.pin_tries:
        raise StatusError(apdu.PIN_BLOCKED)
    enciphered = command.p2 == _ENCIPHERED
    block = _deciphered(chip, one, command.data) if enciphered else command.data
    if len(block) != len(card.now.pin):
        raise StatusError(apdu.WRONG_LENGTH)
    if not is_pin_block(block):
        raise StatusError(apdu.DATA_WRONG)
    # The try is gone before it is judged: a card that loses its power at the right moment tells no more.
    left = card.now.pin_tries - 1
    card.change(pin_tries=left)
    chip.memory.memory.commit()
    good = compare_digest(block, card.now.pin)
    chip.session.pin = PinGiven(tried=True, good=good, enciphered=enciphered)
    if not good:
        raise StatusError(PIN_WRONG | left)
    card.change(pin_tries=card.now.pin_limit)
    return b""


def _deciphered(chip: PaymentChip, one: Application, data: bytes) -> bytes:
    key = one.personal.keys.pin or one.personal.keys.signing
    challenge, chip.session.challenge = chip.session.challenge, b""
    if key is None or not challenge:
        raise StatusError(NOT_NOW)
    try:
        block, echoed = opened_pin(key.apply(data))
    except RemoteProtocolError as error:
        wrong_length = len(data) != key.public.size
        raise StatusError(apdu.WRONG_LENGTH if wrong_length else PIN_UNREADABLE) from error
    if not compare_digest(echoed, challenge):
        raise StatusError(PIN_UNREADABLE)
    return block


def get_challenge(chip: PaymentChip, command: Command) -> bytes:
    """GET CHALLENGE: eight bytes that the next command may answer."""
    _ = chip.application
    if command.p1 or command.p2:
        raise StatusError(apdu.P1_P2_WRONG)
    chip.session.challenge = chip.entropy.draw(_CHALLENGE_BYTES)
    return chip.session.challenge


def signing_key(one: Application, wanted: Aip) -> RsaPrivateKey | None:
    """The key by which this application signs, if it offers that."""
    return one.personal.keys.signing if one.interchange & wanted else None


def internal_authenticate(chip: PaymentChip, command: Command) -> bytes:
    """INTERNAL AUTHENTICATE: DDA, a signature over what DDOL asked for."""
    one = chip.want(Stage.INITIATED)
    key = signing_key(one, Aip.DDA)
    if key is None:
        raise StatusError(apdu.INS_UNKNOWN)
    if command.p1 or command.p2:
        raise StatusError(apdu.P1_P2_WRONG)
    if len(command.data) != sum(entry.length for entry in dol.parse(one.given.get(Tag.DDOL, b""))):
        raise StatusError(apdu.WRONG_LENGTH)
    chip.work.signatures += 1
    number = dynamic_number(chip)
    signature = signed_dynamic(key.apply, key.public, DynamicData(number).to_bytes(), command.data)
    chip.session.dda = True
    if one.personal.answer_format == FORMAT_1:
        return pack([Tlv(Tag.ANSWER_PLAIN, signature)])
    return pack([template(Tag.ANSWER_PACKED, Tlv(Tag.DYNAMIC_SIGNATURE, signature))])


def dynamic_number(chip: PaymentChip) -> bytes:
    """ICC Dynamic Number of this signature, tag 9F4C."""
    chip.session.dynamic = chip.entropy.draw(DYNAMIC_BYTES)
    return chip.session.dynamic


def external_authenticate(chip: PaymentChip, command: Command) -> bytes:
    """EXTERNAL AUTHENTICATE: the issuer's answer (tag 91), once in a transaction."""
    one = chip.want(Stage.ASKED)
    if not one.interchange & Aip.ISSUER_AUTHENTICATION:
        raise StatusError(apdu.INS_UNKNOWN)
    if command.p1 or command.p2:
        raise StatusError(apdu.P1_P2_WRONG)
    if chip.session.proved is not None or chip.session.proof_wrong:
        raise StatusError(NOT_NOW)
    if not _CHALLENGE_BYTES <= len(command.data) <= _ANSWER_MOST:
        raise StatusError(apdu.WRONG_LENGTH)
    take_answer(chip, one, command.data)
    if chip.session.proof_wrong:
        raise StatusError(ISSUER_WRONG)
    return b""


def take_answer(chip: PaymentChip, one: Application, answer: bytes) -> None:
    """Judge tag 91: what the issuer said behind its cryptogram counts only when that is right."""
    session = chip.session
    if one.keys.is_issuers(answer, session.cryptogram, one.atc, session.number):
        session.proved = answer[one.keys.answer_bytes :]
    else:
        session.proof_wrong = True
