"""GENERATE AC: ask the card for its word, and read it (EMV 4.3 Book 3, 6.5.5 and 10.8; Book 2, 6.6).

A card may answer with less than was asked (refuse where it should approve), never with more. One that signs
its answer (CDA) says the cryptogram within the signature; one that cannot be believed is given all the same,
as not true, for the second cryptogram must still be asked for.
"""

from dataclasses import dataclass
from typing import Final

from pos.core.emv.objects import collect
from pos.core.emv.outcome import Reason
from pos.core.emv.signed_answer import opened_answer
from pos.core.emv.steps import Stage, Steps
from pos.core.emv.transaction import Ended, Transaction
from tender.card import dol
from tender.card.apdu import SHORT_ANSWER_MOST, Command
from tender.card.certificates import digest
from tender.card.tags import Tag
from tender.card.tlv import Tlv, unpack
from tender.card.values import CDA_WANTED, CardReason, Cryptogram, Tvr, cryptogram_kind, cryptogram_reason
from tender.errors import Code, RemoteProtocolError

GENERATE_AC: Final = 0xAE
OWN_CLASS: Final = 0x80
_PLAIN_LEAST: Final = 11
_PLAIN_MOST: Final = 43
_RANK: Final = {Cryptogram.AAC: 0, Cryptogram.ARQC: 1, Cryptogram.TC: 2}


@dataclass(frozen=True, slots=True)
class Given:
    """A cryptogram as the card gave it."""

    kind: Cryptogram
    reason: CardReason
    is_true: bool = True
    """False: it should have been signed and the signature does not hold."""


def first(tx: Transaction, kind: Cryptogram) -> Steps[Given]:
    """Ask with CDOL1."""
    tx.cdol1_data = _filled(tx, Tag.CDOL1)
    return (yield from _ask(tx, Stage.FIRST_CRYPTOGRAM, kind, tx.cdol1_data))


def second(tx: Transaction, kind: Cryptogram) -> Steps[Given]:
    """Ask with CDOL2, for approval or refusal; another ARQC is no answer (Book 3, 9.3)."""
    tx.cdol2_data = _filled(tx, Tag.CDOL2)
    given = yield from _ask(tx, Stage.SECOND_CRYPTOGRAM, kind, tx.cdol2_data)
    if given.kind is Cryptogram.ARQC:
        raise Ended(Reason.CARD_ANSWER_WRONG, "cryptogram.9F27")
    return given


def _filled(tx: Transaction, tag: Tag) -> bytes:
    """What the card wants to be told. A hash of the transaction (98) is over what the card's own list (97)
    names, or else the terminal's (Book 3, 9.2.2)."""
    wanted = dol.parse(tx.read[tag], f"record.{tag:02X}")
    if any(each == Tag.TC_HASH for each, _ in wanted):
        listed = tx.read.get(Tag.TDOL)
        if listed is None:
            tx.tvr |= Tvr.DEFAULT_TDOL_USED
            listed = tx.chosen.tdol
        tx.tc_hash = digest(dol.fill(dol.parse(listed, "record.97"), tx.values()))
    return dol.fill(wanted, tx.values())


def _ask(tx: Transaction, stage: Stage, kind: Cryptogram, data: bytes) -> Steps[Given]:
    # A refusal is never signed (Book 2, 6.6), so no signature is wanted of one.
    signed = tx.cda and kind is not Cryptogram.AAC
    p1 = kind | CDA_WANTED if signed else kind
    response = yield from tx.transmit(stage, Command(OWN_CLASS, GENERATE_AC, p1, 0, data, SHORT_ANSWER_MOST))
    if not response.is_done:
        raise Ended(Reason.CARD_ANSWER_WRONG, f"cryptogram.{response.sw:04X}")
    said, template = _answer(response.data)
    given = _kind(said)
    if _RANK[given] > _RANK[kind]:
        raise Ended(Reason.CARD_ANSWER_WRONG, "cryptogram.9F27")
    is_true = True
    if signed and given is not Cryptogram.AAC:
        is_true = opened_answer(tx, said, template, is_second=stage is Stage.SECOND_CRYPTOGRAM)
    elif Tag.CRYPTOGRAM not in said:
        raise RemoteProtocolError(Code.FIELD_WRONG, "cryptogram.9F26")
    for old in (Tag.CRYPTOGRAM, Tag.DYNAMIC_SIGNATURE, Tag.ISSUER_DATA):
        tx.read.pop(old, None)
    tx.read.update(said)
    return Given(given, cryptogram_reason(said[Tag.CRYPTOGRAM_INFORMATION][0]), is_true)


def _kind(said: dict[int, bytes]) -> Cryptogram:
    for tag in (Tag.CRYPTOGRAM_INFORMATION, Tag.ATC):
        if tag not in said:
            raise RemoteProtocolError(Code.FIELD_WRONG, f"cryptogram.{tag:02X}")
    kind = cryptogram_kind(said[Tag.CRYPTOGRAM_INFORMATION][0])
    if kind is None:
        raise RemoteProtocolError(Code.FIELD_WRONG, "cryptogram.9F27")
    return kind


def _answer(data: bytes) -> tuple[dict[int, bytes], bytes]:
    """Format 1 (80: CID, ATC, cryptogram, issuer's data) or format 2 (77: objects), checked; with the value
    of the template as it came."""
    outer = unpack(data, "cryptogram", loose=True)
    if len(outer) != 1 or outer[0].tag not in (Tag.ANSWER_PLAIN, Tag.ANSWER_PACKED):
        raise RemoteProtocolError(Code.FIELD_WRONG, "cryptogram")
    tag, value = outer[0]
    if tag == Tag.ANSWER_PACKED:
        objects = unpack(value, "cryptogram.77", loose=True)
    elif _PLAIN_LEAST <= len(value) <= _PLAIN_MOST:
        cut = (
            (Tag.CRYPTOGRAM_INFORMATION, 0, 1),
            (Tag.ATC, 1, 3),
            (Tag.CRYPTOGRAM, 3, 11),
            (Tag.ISSUER_DATA, 11, 43),
        )
        objects = tuple(Tlv(each, value[start:end]) for each, start, end in cut if value[start:end])
    else:
        raise RemoteProtocolError(Code.FIELD_WRONG, "cryptogram.80")
    said: dict[int, bytes] = {}
    collect(objects, said, "cryptogram")
    return said, value
